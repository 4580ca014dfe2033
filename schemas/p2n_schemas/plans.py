"""Plan v1.1: how a paper's claims on one dataset will be reproduced, and what that rests on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, model_validator

from .base import Schema
from .claims import Quote


class Fidelity(StrEnum):
    """How near the experiment is to the paper's own; a proxy can never be "reproduced"."""

    EXACT = "exact"
    REDUCED = "reduced"
    PROXY = "proxy"


class DatasetSpec(Schema):
    """The data, by its name in the catalogue."""

    name: str = Field(description="key in the catalogue")
    title: str
    split: str | None = Field(default=None, description="the paper's words for the split")
    source: str
    licence: str
    subset: str | None = None
    named_in_paper_as: str


class Protocol(Schema):
    """How training and test data are parted."""

    kind: Literal["holdout", "kfold"]
    test_fraction: float | None = Field(default=None, gt=0, lt=1)
    folds: int | None = Field(default=None, ge=2)
    stratified: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Protocol:
        if self.kind == "holdout" and self.test_fraction is None:
            raise ValueError("a hold-out protocol needs test_fraction")
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


class ModelSpec(Schema):
    """A method by its name in the catalogue, with the parameters that the notebook sets."""

    name: str
    variant: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    named_in_paper_as: str


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
    """A stored plan; `env_hash` is null until it is materialized."""

    id: str
    paper_id: str
    planner: str
    body: PlanBody
    created_at: datetime
    env_hash: str | None = None
    image_digest: str | None = None
    python_version: str | None = None
    notebook_sha256: str | None = None
    notebook_edited: bool = False
