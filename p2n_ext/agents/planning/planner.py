"""The offline planner: rules over the paper's text and the catalogue, no model and no network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import (
    PlanBody,
    Policy,
    UnplannedClaim,
)

from ...catalog.datasets.binding import Bound, bind
from ...protocols import OwnData
from ...protocols.reading import Tell, unheard
from . import setup as setups
from . import statements as prose
from . import tables
from .budget import usable_seconds
from .choose import Chosen, Runnable, one_dataset, sort_out
from .explain import explain
from .quotes import Pages
from .settings import Draft, draft
from .setup import Setup
from .shared import Shared


class OfflinePlanner:
    """Plans by rules; every justification is a quote that was found on its page."""

    name = "offline"

    async def plan(
        self,
        paper: Paper,
        claims: Sequence[Claim],
        page_texts: Sequence[str],
        budget_minutes: int,
        own_data: OwnData | None = None,
        tell: Tell = unheard,
    ) -> PlanBody:
        """A plan for the claims on one dataset; the others stand in `unplanned` with their reason.

        Raises E_NO_CLAIMS, E_NOTHING_RUNNABLE (detail: the reasons by claim id), E_VALIDATION (the data's columns).
        """
        return await asyncio.to_thread(write_plan, list(claims), list(page_texts), budget_minutes, own_data)


@dataclass(frozen=True)
class Basis:
    """What a plan is written from: the claims as the catalogue knows them, and what the paper states of settings.

    `setup`: None for that which the paper states of the dataset that most claims are about.
    """

    pages: Pages
    bound: Bound | None
    runnable: Sequence[Runnable]
    unplanned: Sequence[UnplannedClaim]
    said: list[prose.Statement]
    setup: Setup | None = None


def write_plan(
    claims: list[Claim], page_texts: list[str], budget_minutes: int, own_data: OwnData | None = None
) -> PlanBody:
    """The plan itself; CPU work of some tens of milliseconds a page. Raises as `read_basis` and `write` do."""
    return write(read_basis(claims, page_texts, own_data), budget_minutes)


def read_basis(claims: list[Claim], page_texts: list[str], own_data: OwnData | None = None) -> Basis:
    """What the rules find in the paper. Raises E_NO_CLAIMS, E_VALIDATION (the data's columns)."""
    if not claims:
        raise P2NError(
            ErrorCode.E_NO_CLAIMS,
            "There are no claims to plan for.",
            "Extract the paper's claims first, or choose some.",
        )
    pages = Pages(page_texts)
    bound = bind(own_data.dataset, own_data.binding) if own_data is not None else None
    runnable, unplanned = sort_out(claims, pages, bound)
    sentences = pages.sentences()
    said = [
        *tables.read(pages, list(dict.fromkeys(claim.method for claim in claims))),
        *prose.read(sentences),
        *setups.preprocessing(sentences),
    ]
    return Basis(pages, bound, runnable, unplanned, said)


def write(basis: Basis, budget_minutes: int) -> PlanBody:
    """Raises E_NOTHING_RUNNABLE."""
    if not basis.runnable:
        raise _nothing_runnable(basis.unplanned)
    pages, said = basis.pages, basis.said
    chosen = one_dataset(basis.runnable, basis.unplanned)
    setup = basis.setup or setups.read(pages.sentences(), chosen.dataset)
    shared = Shared(chosen, setup, pages, said, basis.bound)
    drafts, unplanned = _drafts(chosen, said, setup, pages)
    experiments, refused = shared.within_budget(drafts, usable_seconds(budget_minutes))
    unplanned = [*chosen.unplanned, *unplanned, *refused]
    if not experiments:
        raise _nothing_runnable(unplanned)
    kept = {metric.claim_id for experiment in experiments for metric in experiment.metrics}
    assumptions = [
        *shared.assumptions(kept),
        *(a for d in drafts if any(e.claim.id in kept for e in d.claims) for a in d.assumptions),
    ]
    seconds = sum(experiment.estimated_seconds for experiment in experiments)
    config = shared.config(experiments)
    return PlanBody(
        dataset=shared.dataset_spec(),
        config=config,
        experiments=experiments,
        visualizations=["claimed_vs_observed"],
        explain=explain(chosen.dataset, config, experiments, unplanned, seconds),
        justifications=shared.justifications(experiments),
        assumptions=list({a.model_dump_json(): a for a in assumptions}.values()),
        unplanned=unplanned,
        estimated_runtime_minutes=round(seconds / 60, 2),
        license_compliant=chosen.dataset.license_compliant,
        policy=Policy(budget_minutes=budget_minutes),
    )


def _drafts(
    chosen: Chosen, said: list[prose.Statement], setup: Setup, pages: Pages
) -> tuple[list[Draft], list[UnplannedClaim]]:
    """One draft for each distinct experiment, with all the claims that it answers."""
    by_name: dict[str, Draft | str] = {}
    drafts: dict[str, Draft] = {}
    unplanned: list[UnplannedClaim] = []
    for entry in chosen.runnable:
        if entry.claim.method not in by_name:
            by_name[entry.claim.method] = draft(entry, said, setup, pages)
        made = by_name[entry.claim.method]
        if isinstance(made, str):
            unplanned.append(UnplannedClaim(claim_id=entry.claim.id, reason="method_unknown", message=made))
            continue
        drafts.setdefault(made.key(), made).claims.append(entry)
    return list(drafts.values()), unplanned


def _nothing_runnable(unplanned: Sequence[UnplannedClaim]) -> P2NError:
    reasons = {entry.claim_id: entry.message for entry in unplanned}
    first = next(iter(reasons.values()), "No claim was given.")
    return P2NError(
        ErrorCode.E_NOTHING_RUNNABLE,
        f"None of the {len(reasons)} claims can be run with the present catalogue. The first reason: {first}",
        "Choose other claims, correct a claim's dataset, method or metric, or give the plan more minutes.",
        {"reasons": reasons},
    )
