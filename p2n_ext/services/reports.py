"""Claimed against observed, from what the runs themselves left behind."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim
from p2n_schemas.plans import Plan
from p2n_schemas.reports import ClaimVerdict, Contradiction, PlanVersion, Report, VerdictKind, Whose
from p2n_schemas.runs import Run, RunStatus

from ..protocols import Database, Judge, ObjectStore, RunFilter
from . import keys
from .faults import missing

_MAX_RUNS = 1000
_MAX_EVIDENCE = 20
_Evidence = Mapping[str, list[tuple[Run, dict[str, Any]]]]
M = TypeVar("M", bound=BaseModel)


class ReportService:
    def __init__(self, database: Database, objects: ObjectStore, judge: Judge) -> None:
        self._database = database
        self._objects = objects
        self._judge = judge

    async def report(self, paper_id: str) -> Report:
        """A verdict for each claim: from the newest plan that ran it, else the reason why none did.

        Raises E_NOT_FOUND.
        """
        paper = await self._database.get_paper(paper_id)
        if paper is None:
            raise missing("paper", paper_id)
        claims = await self._database.list_claims(paper_id)
        plans = await self._database.list_plans(paper_id)
        runs = await self._database.list_runs(RunFilter(paper_id=paper_id), limit=_MAX_RUNS)
        evidence = {plan.id: await self._evidence(plan, runs) for plan in plans}
        # A thousand claims take a while to judge, and others use the loop.
        contradictions, verdicts = await asyncio.to_thread(self._judged, claims, plans, runs, evidence)
        used = [plan for plan in plans if evidence[plan.id]] or plans[:1]
        return Report(
            paper_id=paper_id,
            title=paper.title,
            created_at=utc_now(),
            reader=paper.reader or "",
            rule=self._judge.rule,
            verdicts=verdicts,
            counts=dict(Counter(verdict.verdict for verdict in verdicts)),
            counts_by_method={
                whose: dict(Counter(verdict.verdict for verdict in verdicts if verdict.whose is whose))
                for whose in Whose
                if any(verdict.whose is whose for verdict in verdicts)
            },
            contradictions=contradictions,
            assumptions=_distinct(entry for plan in used for entry in plan.body.assumptions),
            justifications=_distinct(entry for plan in used for entry in plan.body.justifications),
            plans=[_version(plan, runs, verdicts) for plan in plans],
            runs=runs,
        )

    async def _evidence(self, plan: Plan, runs: Sequence[Run]) -> list[tuple[Run, dict[str, Any]]]:
        """The plan's succeeded runs in its present environment, each with its metrics.json.

        Where none succeeded, those that were ended at their deadline: what they had reported by then is what a longer
        run would have reported first.
        """
        # What a validation ran again is the same sample once more.
        fitting = [
            run
            for run in runs
            if run.plan_id == plan.id and run.env_hash == plan.env_hash and run.validation_id is None
        ]
        for status in (RunStatus.SUCCEEDED, RunStatus.TIMEOUT):
            found: list[tuple[Run, dict[str, Any]]] = []
            for run in fitting:
                key = keys.run_artifact(run.id, keys.METRICS)
                if run.status is status and len(found) < _MAX_EVIDENCE and await self._objects.exists(key):
                    found.append((run, await asyncio.to_thread(json.loads, await self._objects.get(key))))
            if found:
                return found
        return []

    def _judged(
        self, claims: Sequence[Claim], plans: Sequence[Plan], runs: Sequence[Run], evidence: _Evidence
    ) -> tuple[list[Contradiction], list[ClaimVerdict]]:
        contradictions = self._judge.contradictions(claims)
        by_claim: dict[str, list[Contradiction]] = {}
        for entry in contradictions:
            for place in entry.places:
                by_claim.setdefault(place.claim_id, []).append(entry)
        verdicts = [
            self._verdict(claim, plans, runs, evidence, by_claim.get(claim.id, ())) for claim in claims
        ]
        return contradictions, verdicts

    def _verdict(
        self,
        claim: Claim,
        plans: Sequence[Plan],
        runs: Sequence[Run],
        evidence: _Evidence,
        contradicted: Sequence[Contradiction],
    ) -> ClaimVerdict:
        planned = [plan for plan in plans if _covers(plan, claim)]
        for plan in planned:
            if evidence[plan.id]:
                return self._judge.judge(claim, plan, evidence[plan.id], contradicted)
        newest = planned[0] if planned else None
        return ClaimVerdict(
            claim=claim,
            verdict=VerdictKind.NOT_RUN,
            rule="No run, no verdict.",
            whose=Whose.of(claim),
            plan_id=newest.id if newest else None,
            plan_version=newest.version if newest else None,
            run_ids=[run.id for run in runs if newest is not None and run.plan_id == newest.id],
            pages=[claim.citation.page],
            evidence=f"claims/{claim.id}/evidence.png",
            contradictions=[entry.id for entry in contradicted],
            reason=_why_not(claim, planned, plans, runs),
        )


def _version(plan: Plan, runs: Sequence[Run], verdicts: Sequence[ClaimVerdict]) -> PlanVersion:
    return PlanVersion(
        id=plan.id,
        version=plan.version,
        parent=plan.parent,
        planner=plan.planner,
        author=plan.author,
        created_at=plan.created_at,
        env_hash=plan.env_hash,
        image_digest=plan.image_digest,
        python_version=plan.python_version,
        runs=[run.id for run in runs if run.plan_id == plan.id],
        verdicts=sum(
            verdict.plan_id == plan.id and verdict.verdict is not VerdictKind.NOT_RUN for verdict in verdicts
        ),
    )


def _distinct(entries: Iterable[M]) -> list[M]:
    return list({entry.model_dump_json(): entry for entry in entries}.values())


def _covers(plan: Plan, claim: Claim) -> bool:
    if claim.corrected_at is not None and claim.corrected_at > plan.created_at:
        return False
    return any(
        metric.claim_id == claim.id for experiment in plan.body.experiments for metric in experiment.metrics
    )


def _why_not(claim: Claim, planned: Sequence[Plan], plans: Sequence[Plan], runs: Sequence[Run]) -> str:
    if planned:
        latest = next((run for run in runs if run.plan_id == planned[0].id), None)
        if latest is None:
            return "It is planned, but was not run yet."
        if not latest.status.is_terminal():
            return "Its run is still going on."
        return (
            f"Its run ended as {latest.status}: {latest.error.message if latest.error else 'no reason given'}"
        )
    if claim.corrected_at is not None:
        return "It was corrected after it was planned: plan it again."
    for plan in plans:
        for entry in plan.body.unplanned:
            if entry.claim_id == claim.id:
                return entry.message
    return "It is not planned yet."
