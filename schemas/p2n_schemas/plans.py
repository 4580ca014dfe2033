"""Plan v1.1: how a paper's claims on one dataset will be reproduced, and what that rests on."""

from __future__ import annotations

import math
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from .base import Schema
from .claims import Quote
from .datasets import BoundUpload


class Fidelity(StrEnum):
    """How near the experiment is to the paper's own; a proxy can never be "reproduced"."""

    EXACT = "exact"
    REDUCED = "reduced"
    PROXY = "proxy"


class DatasetSpec(Schema):
    """The data, by its name in the catalogue, or a person's own."""

    name: str = Field(description="key in the catalogue, or the upload's name")
    title: str
    split: str | None = Field(default=None, description="the paper's words for the split")
    source: str
    licence: str
    subset: str | None = None
    named_in_paper_as: str
    uploaded: BoundUpload | None = Field(default=None, description="a person's own data, and how it is read")


class Protocol(Schema):
    """How training and test data are parted; "whole" fits and evaluates on all rows, as clustering does.

    "given": the parts that the data comes in.
    """

    kind: Literal["holdout", "kfold", "whole", "given"]
    test_fraction: float | None = Field(default=None, gt=0, lt=1)
    test_rows: int | None = Field(default=None, ge=1, description="in place of test_fraction")
    folds: int | None = Field(default=None, ge=2)
    stratified: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Protocol:
        if self.kind == "holdout" and (self.test_fraction is None) == (self.test_rows is None):
            raise ValueError("a hold-out protocol needs either test_fraction or test_rows")
        if self.kind == "kfold" and self.folds is None:
            raise ValueError("a k-fold protocol needs folds")
        return self


class Config(Schema):
    """Settings that all experiments of the plan share."""

    framework: str
    seed: int = Field(ge=0, lt=2**32, description="first seed; repeat i uses seed + i")
    protocol: Protocol
    repeats: int = Field(ge=1, le=1000)
    preprocessing: list[str] = Field(default_factory=list, description="catalogue names, in order")
    seed_stated: bool = Field(
        default=False, description="the paper gives the seed, and it means the same here"
    )
    averaged_over: int = Field(
        default=1,
        ge=1,
        description="repeats that a figure of the paper is the mean of; 1 where it gives none",
    )
    positive_class: str | None = Field(
        default=None, description="the class that TPR, FPR and the like are about"
    )


def _holds_a_number_that_json_has_not(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_a_number_that_json_has_not, value.values()))
    if isinstance(value, list):
        return any(map(_holds_a_number_that_json_has_not, value))
    return isinstance(value, float) and not math.isfinite(value)


class GeneratedCode(Schema):
    """A function (X_train, y_train, X_test, seed) -> predictions that a language model wrote."""

    source: str = Field(min_length=1, max_length=20_000, description="Python; checked again before each use")
    written_by: str = Field(description="the model's name")
    attempts: int = Field(ge=1, description="answers that it took until the code ran on a part of the data")


class ModelSpec(Schema):
    """A method by its name in the catalogue, with the parameters that the notebook sets."""

    name: str
    variant: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    named_in_paper_as: str
    generated: GeneratedCode | None = Field(
        default=None, description="code for a method that the catalogue does not have (name: generated)"
    )

    @field_validator("parameters")
    @classmethod
    def _is_json(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        if _holds_a_number_that_json_has_not(parameters):
            raise ValueError("NaN and infinity are no JSON")
        return parameters


class TrainingConfig(Schema):
    """Settings of one experiment; null where the method has no such setting."""

    epochs: int | None = Field(default=None, ge=1)
    batch_size: int | None = Field(default=None, ge=1)
    learning_rate: float | None = Field(default=None, gt=0)
    optimizer: str | None = None
    preprocessing: list[str] | None = Field(default=None, description="in place of the plan's")
    repeats: int | None = Field(default=None, ge=1, le=1000, description="in place of the plan's")


class MetricSpec(Schema):
    """One claimed number that the experiment will compute."""

    name: str = Field(description="key in the catalogue: one implementation")
    split: str
    claim_id: str
    goal: float = Field(description="the claimed value in the metric's own unit (fractions, not percent)")
    tolerance: float = Field(gt=0, description="how far off is still close, in the metric's own unit")
    direction: Literal["maximize", "minimize"]


class Justification(Schema):
    """Why a choice was made: words of the paper that stand on its page."""

    subject: str = Field(description='"dataset", "model", "config" or a path such as "config.protocol"')
    quote: Quote


class Assumption(Schema):
    """What the paper does not state, and what was chosen instead."""

    subject: str
    missing: str
    choice: str


class Experiment(Schema):
    """One method on the plan's dataset."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    model: ModelSpec
    config: TrainingConfig = TrainingConfig()
    metrics: list[MetricSpec] = Field(min_length=1)
    justifications: list[Justification] = Field(default_factory=list)
    fidelity: Fidelity
    fidelity_reasons: list[str] = Field(default_factory=list)
    estimated_seconds: float = Field(ge=0)


class UnplannedClaim(Schema):
    """A claim left out, with the reason."""

    claim_id: str
    reason: Literal[
        "other_dataset",
        "dataset_unknown",
        "dataset_not_stated",
        "dataset_unavailable",
        "method_unknown",
        "metric_unknown",
        "split_not_reproducible",
        "over_budget",
        "licence",
        "rejected_by_person",
    ]
    message: str


class Policy(Schema):
    budget_minutes: int = Field(ge=1, le=20, description="deadline of the whole run")
    max_retries: int = Field(default=0, ge=0, le=3)


class PlanBody(Schema):
    """Plan v1.1 as an agent writes it and a person may edit it."""

    version: Literal["1.1"] = "1.1"
    dataset: DatasetSpec
    config: Config
    experiments: list[Experiment] = Field(min_length=1)
    visualizations: list[str] = Field(default_factory=list)
    explain: list[str] = Field(default_factory=list, description="the plan in plain sentences")
    justifications: list[Justification] = Field(min_length=1)
    assumptions: list[Assumption] = Field(default_factory=list)
    unplanned: list[UnplannedClaim] = Field(default_factory=list)
    estimated_runtime_minutes: float = Field(ge=0)
    license_compliant: bool = Field(description="from the catalogue's licence, never assumed")
    policy: Policy

    @model_validator(mode="after")
    def _unique_experiments(self) -> PlanBody:
        ids = [experiment.id for experiment in self.experiments]
        if len(ids) != len(set(ids)):
            raise ValueError("experiment ids must be unique")
        return self


class Plan(Schema):
    """A stored plan; `env_hash` is null until it is materialized.

    An edit makes a new plan beside the old one, with its `parent` and the next version of that lineage.
    """

    id: str
    paper_id: str
    version: int = Field(default=1, ge=1, description="1 and up within a lineage of edits")
    parent: str | None = Field(default=None, description="the plan that this one was edited from")
    planner: str = Field(description='who made it: a planner\'s name, or "person"')
    author: str | None = Field(default=None, description="the person's name, where the server knows one")
    body: PlanBody
    created_at: datetime
    env_hash: str | None = None
    image_digest: str | None = None
    python_version: str | None = None
    notebook_sha256: str | None = None
    notebook_edited: bool = False
