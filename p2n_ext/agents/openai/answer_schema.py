"""What the model is asked to answer: a JSON Schema for strict output, and the same as a model to check it with."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

NAME = "p2n_claims"
MAX_CLAIMS = 2000
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
_NULLABLE = {"type": ["string", "null"]}
_FIELDS: dict[str, dict[str, Any]] = {
    "method": {"type": "string", "description": "the method as the paper's table or text names it"},
    "dataset": _NULLABLE | {"description": "the dataset as the paper names it; null where it names none"},
    "split": _NULLABLE | {"description": "train, validation or test, where the paper says so"},
    "metric": {"type": "string", "description": "the metric as the paper names it"},
    "value_printed": {"type": "string", "description": "the number exactly as printed, without its ± part"},
    "units": _NULLABLE | {"description": '"%" or the printed unit; null where none is printed'},
    "direction": {"type": ["string", "null"], "enum": ["maximize", "minimize", None]},
    "own_method": {
        "type": ["boolean", "null"],
        "description": "true for the paper's own method, false for a baseline",
    },
    "label": _NULLABLE | {"description": '"Table 2", "Abstract" or the section where it stands'},
    "page": {"type": ["integer", "null"], "description": "1-based page of the file; null where not known"},
}
# Within the subset that strict structured outputs allow: every object closed, every field required, no bounds.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _FIELDS,
                "required": list(_FIELDS),
                "additionalProperties": False,
            },
        }
    },
    "required": ["claims"],
    "additionalProperties": False,
}


class Proposal(BaseModel):
    """A claim as the model proposes it; nothing of it is believed before it was found in the paper."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    method: _Text
    dataset: _Text | None
    split: _Text | None
    metric: _Text
    value_printed: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    units: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] | None
    direction: Literal["maximize", "minimize"] | None
    own_method: bool | None
    label: _Text | None
    page: int | None

    @property
    def words(self) -> str:
        """For a person: method, dataset, metric and value."""
        about = " ".join(filter(None, (self.dataset, self.metric)))
        return f"{self.method}: {about} {self.value_printed}"[:500]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    claims: list[Proposal]


def problem_of(text: str, shape: type[BaseModel] = Answer) -> str | None:
    """What is wrong with a whole answer, in words that the model can mend it by; None where nothing is."""
    try:
        shape.model_validate(json.loads(unfenced(text)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[:5]
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in first)[:1000]
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"[:300]
    return None


def unfenced(text: str) -> str:
    """Without the Markdown fence that models put around JSON where no schema binds them."""
    bare = text.strip()
    if bare.startswith("```"):
        bare = bare.partition("\n")[2].rpartition("```")[0]
    return bare
