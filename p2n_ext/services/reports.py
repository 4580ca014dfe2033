"""Claimed against observed, from what the runs themselves left behind."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim
from p2n_schemas.plans import Plan
from p2n_schemas.reports import ClaimVerdict, Report, VerdictKind
from p2n_schemas.runs import Run, RunStatus

from ..protocols import Database, Judge, ObjectStore
from . import keys
from .papers import missing

_MAX_RUNS = 1000
_MAX_EVIDENCE = 20


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
        runs = await self._database.list_runs(paper_id=paper_id, limit=_MAX_RUNS)
        evidence = {plan.id: await self._evidence(plan, runs) for plan in plans}
        verdicts = [self._verdict(claim, plans, runs, evidence) for claim in claims]
        used = [plan for plan in plans if evidence[plan.id]] or plans[:1]
        return Report(
            paper_id=paper_id,
            title=paper.title,
            created_at=utc_now(),
            reader=paper.reader or "",
            rule=self._judge.rule,
            verdicts=verdicts,
            counts=dict(Counter(verdict.verdict for verdict in verdicts)),
            assumptions=list(
                {entry.model_dump_json(): entry for plan in used for entry in plan.body.assumptions}.values()
            ),
            justifications=list(
                {
                    entry.model_dump_json(): entry for plan in used for entry in plan.body.justifications
                }.values()
            ),
            runs=runs,
        )

    async def _evidence(self, plan: Plan, runs: Sequence[Run]) -> list[tuple[Run, dict[str, Any]]]:
        """The plan's succeeded runs in its present environment, each with its metrics.json."""
        found: list[tuple[Run, dict[str, Any]]] = []
        for run in runs:
            if run.plan_id == plan.id and run.status is RunStatus.SUCCEEDED and run.env_hash == plan.env_hash:
                key = keys.run_artifact(run.id, keys.METRICS)
                if len(found) < _MAX_EVIDENCE and await self._objects.exists(key):
                    found.append((run, await asyncio.to_thread(json.loads, await self._objects.get(key))))
        return found

    def _verdict(
        self,
        claim: Claim,
        plans: Sequence[Plan],
        runs: Sequence[Run],
        evidence: dict[str, list[tuple[Run, dict[str, Any]]]],
    ) -> ClaimVerdict:
        planned = [plan for plan in plans if _covers(plan, claim)]
        for plan in planned:
            if evidence[plan.id]:
                return self._judge.judge(claim, plan, evidence[plan.id])
        return ClaimVerdict(
            claim=claim,
            verdict=VerdictKind.NOT_RUN,
            rule="no run, no verdict",
            plan_id=planned[0].id if planned else None,
            run_ids=[run.id for run in runs if planned and run.plan_id == planned[0].id],
            reason=_why_not(claim, planned, plans, runs),
        )


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
