"""Two planners of one paper: the rules, whose plan always stands, and a model that may add to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import Stage
from p2n_schemas.papers import Paper
from p2n_schemas.plans import PlanBody

from ..protocols import OwnData, PlanCheck, Planned, Planner, ReadingStep
from ..protocols.reading import Tell, unheard

_log = logging.getLogger(__name__)


class CombinedPlanner:
    """`check`: what a person's plan is held against; `strict`: a person asked for the model, so its failure is told as an
    error and not as a notice."""

    def __init__(
        self,
        rules: Planner,
        model: Planner | None = None,
        check: PlanCheck | None = None,
        strict: bool = False,
    ) -> None:
        self._rules = rules
        self._model = model
        self._check = check
        self._strict = strict

    async def plan(
        self,
        paper: Paper,
        claims: Sequence[Claim],
        page_texts: Sequence[str],
        budget_minutes: int,
        own_data: OwnData | None = None,
        tell: Tell = unheard,
    ) -> Planned:
        """Raises what the rules raise; where `strict`, what the model's planner does."""
        alone: PlanBody | None = None
        tell(ReadingStep(Stage.PLANNING, "started", f"the {self._rules.name} planner's rules"))
        begin = time.monotonic()
        try:
            alone = await self._rules.plan(paper, claims, page_texts, budget_minutes, own_data)
            tell(ReadingStep(Stage.PLANNING, "completed", _found(alone), time.monotonic() - begin))
        except P2NError as error:
            # a model may know what names mean that the rules do not understand
            if self._model is None or error.info.code is not ErrorCode.E_NOTHING_RUNNABLE:
                raise
            nothing = error
            tell(ReadingStep(Stage.PLANNING, "failed", error.info.message, time.monotonic() - begin))
        if self._model is None:
            assert alone is not None
            return Planned(alone, self._rules.name)
        try:
            both = await self._model.plan(paper, claims, page_texts, budget_minutes, own_data, tell)
            problems = [] if self._check is None else await self._check(both, paper, claims, page_texts)
        except Exception as error:
            why = self._failure(error)
            if alone is None:
                raise nothing from None
            return Planned(_noted(alone, why), self._rules.name)
        if problems:
            if alone is None:
                raise nothing
            where, words = problems[0]
            why = f"What the model's planner added does not pass the check of plans ({where}: {words[:300]})."
            return Planned(_noted(alone, why), self._rules.name)
        changed = alone is None or both.model_copy(update={"explain": alone.explain}) != alone
        return Planned(both, f"{self._rules.name}+{self._model.name}" if changed else self._rules.name)

    def _failure(self, error: Exception) -> str:
        """The notice of a failure. Raises it where the model was asked for."""
        if self._strict or (isinstance(error, P2NError) and error.info.code is ErrorCode.E_VALIDATION):
            raise error
        if isinstance(error, P2NError):
            return f"The model's planner failed: {error.info.message}"
        # the rules' plan must not be lost to a fault of the model's planner
        _log.error("the model's planner failed", exc_info=error)
        return (
            "The model's planner failed in a way that P2N did not foresee; the server's log has the details."
        )


def _found(body: PlanBody) -> str:
    claims = sum(len(experiment.metrics) for experiment in body.experiments)
    return f"{claims} claims on {body.dataset.title}, {len(body.unplanned)} left out"


def _noted(body: PlanBody, why: str) -> PlanBody:
    return body.model_copy(update={"explain": [*body.explain, f"{why} This is the plan of the rules alone."]})
