"""What the model is asked to draft: a plan in the catalogue's names, every choice with the words of the paper behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

NAME = "p2n_plan"
MAX_EXPERIMENTS = 200
MAX_SETTINGS = 40
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
_Value = bool | int | float | str | list[int]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DraftQuote(_Strict):
    """Words that are said to stand on a page (1-based)."""

    page: int
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=800)]


class DraftSetting(_Strict):
    name: _Text
    value: _Value
    quote: DraftQuote

    @property
    def words(self) -> str:
        return f"{self.name[:40]} = {str(self.value)[:60]}"


class DraftMetric(_Strict):
    claim_id: _Text
    name: _Text
    quote: DraftQuote | None


class DraftExperiment(_Strict):
    method: _Text
    named_in_paper_as: _Text
    quote: DraftQuote | None
    settings: list[DraftSetting] = Field(max_length=MAX_SETTINGS)
    metrics: list[DraftMetric] = Field(max_length=500)


class DraftDataset(_Strict):
    name: _Text
    named_in_paper_as: _Text | None
    quote: DraftQuote


class DraftProtocol(_Strict):
    kind: Literal["holdout", "kfold", "given"]
    test_fraction: float | None
    test_rows: int | None
    folds: int | None
    stratified: bool
    quote: DraftQuote


class DraftConfig(_Strict):
    protocol: DraftProtocol | None
    settings: list[DraftSetting] = Field(max_length=MAX_SETTINGS)


class PlanDraft(_Strict):
    """A plan as a model proposes it; nothing of it is believed before its words were found to say it."""

    dataset: DraftDataset | None
    config: DraftConfig
    experiments: list[DraftExperiment] = Field(max_length=MAX_EXPERIMENTS)


def schema(datasets: Sequence[str], methods: Sequence[str], metrics: Sequence[str]) -> dict[str, Any]:
    """The JSON Schema within what strict structured outputs allow; names of the catalogue are closed lists."""
    quote = _object(
        page={"type": "integer", "description": "1-based page of the paper"},
        text={"type": "string", "description": "one sentence or table row, copied letter by letter"},
    )
    value = {
        "anyOf": [
            {"type": "boolean"},
            {"type": "number"},
            {"type": "string"},
            {"type": "array", "items": {"type": "integer"}},
        ]
    }
    setting = _object(name={"type": "string"}, value=value, quote=quote)
    settings = {"type": "array", "items": setting}
    protocol = _object(
        kind={
            "type": "string",
            "enum": ["holdout", "kfold", "given"],
            "description": "given: the parts that the data comes in",
        },
        test_fraction={"type": ["number", "null"]},
        test_rows={"type": ["integer", "null"]},
        folds={"type": ["integer", "null"]},
        stratified={"type": "boolean"},
        quote=quote,
    )
    metric = _object(
        claim_id={"type": "string"},
        name={"type": "string", "enum": list(metrics)},
        quote=_or_null(quote, "words that say what the claim's metric is, where its name alone does not"),
    )
    experiment = _object(
        method={"type": "string", "enum": list(methods)},
        named_in_paper_as={"type": "string", "description": "the method as the claims name it"},
        quote=_or_null(quote, "words that say what the method is, where its name alone does not"),
        settings=settings,
        metrics={"type": "array", "items": metric},
    )
    dataset = _object(
        name={"type": "string", "enum": list(datasets)},
        named_in_paper_as={"type": ["string", "null"], "description": "the dataset as the claims name it"},
        quote=quote,
    )
    return _object(
        dataset=_or_null(dataset, "the dataset of the plan"),
        config=_object(protocol=_or_null(protocol, "how the data is parted"), settings=settings),
        experiments={"type": "array", "items": experiment},
    )


def _object(**fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _or_null(shape: dict[str, Any], description: str) -> dict[str, Any]:
    return {"anyOf": [shape, {"type": "null"}], "description": description}
