"""The Planner that asks a model, and believes it only what the paper states."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import time
from collections.abc import Sequence

from p2n_schemas.claims import Claim
from p2n_schemas.errors import P2NError
from p2n_schemas.events import Stage
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Assumption, Fidelity, Justification, PlanBody

from ...catalog import datasets, methods, metrics
from ...protocols import Database, ModelText, OwnData, ReadingStep
from ...protocols.reading import Tell, unheard
from ..planning.explain import explain
from ..planning.planner import Basis, read_basis, write
from . import planner_prompt as prompt
from .answer_schema import problem_of, unfenced
from .capabilities import capabilities_of
from .client import OpenAIClient
from .coder import OpenAICoder, Written, marked
from .planner_names import Named, with_names
from .planner_notes import Notes
from .planner_schema import NAME, PlanDraft, schema
from .planner_settings import with_settings
from .request import Message, Request
from .retrieval import PlainPage, pages_for_prompt
from .spending import Spending
from .stream import Ended, Text, answer
from .verdicts import judged

REPAIRS = 1
SHOWN_BACK = 40_000
_problem_of = functools.partial(problem_of, shape=PlanDraft)


class OpenAIPlanner:
    """A model drafts; what its quotes state goes with the rules' own readings into the plan that the rules write.

    So goals come from the claims, licence, source and cost from the catalogue, and never from the model.
    """

    name = "openai"

    def __init__(self, client: OpenAIClient, database: Database, coder: OpenAICoder | None = None) -> None:
        """`coder`: who writes methods that the catalogue does not have; None: nobody does."""
        self._client = client
        self._coder = coder
        self._spending = Spending(database, client.settings)

    @property
    def model(self) -> str:
        return self._client.settings.models["planner"]

    async def plan(
        self,
        paper: Paper,
        claims: Sequence[Claim],
        page_texts: Sequence[str],
        budget_minutes: int,
        own_data: OwnData | None = None,
        tell: Tell = unheard,
    ) -> PlanBody:
        """As a planner does; what was taken of the model's draft and what was refused stands in `explain`.

        Raises E_MODEL_…, E_POLICY_CAP_EXCEEDED, and what the rules raise.
        """
        self._spending.check("planner")
        basis = await asyncio.to_thread(read_basis, list(claims), list(page_texts), own_data)
        request = await self._request(paper, claims, page_texts, basis, budget_minutes)
        draft = await self._draft(paper, request, tell)
        notes = Notes()
        tell(ReadingStep(Stage.CHECKING, "started", "the model's quotes against the paper"))
        begin = time.monotonic()
        basis, named = await asyncio.to_thread(self._checked, basis, list(claims), draft, notes)
        tell(ReadingStep(Stage.CHECKING, "completed", "", time.monotonic() - begin))
        basis, written = await self._coded(paper, claims, page_texts, basis, budget_minutes, notes, tell)
        body = marked(_marked(await asyncio.to_thread(write, basis, budget_minutes), named), written)
        if self._coder is not None and written:
            policy = body.policy.model_copy(update={"max_retries": self._coder.max_retries})
            body = body.model_copy(update={"policy": policy})
        lines = [*_explained(body), *notes.lines(self.model), *map(_of_code, written)]
        return body.model_copy(update={"explain": lines})

    async def _request(
        self,
        paper: Paper,
        claims: Sequence[Claim],
        page_texts: Sequence[str],
        basis: Basis,
        budget_minutes: int,
    ) -> Request:
        able = capabilities_of(self.model)
        shape = schema(
            [d.key for d in datasets.ALL], [m.key for m in methods.ALL], [m.key for m in metrics.ALL]
        )
        pages = [PlainPage(number, text) for number, text in enumerate(page_texts, 1)]
        chosen = await asyncio.to_thread(
            pages_for_prompt, pages, self._client.settings.prompt_characters, prompt.QUESTION
        )
        still_open = await asyncio.to_thread(_still_open, basis, budget_minutes)
        asked = prompt.question(paper, claims, still_open, chosen, len(pages))
        told = prompt.instructions(None if able.schema else shape)
        return Request(self.model, able, told, (Message("user", asked),), None, name=NAME, schema=shape)

    async def _draft(self, paper: Paper, request: Request, tell: Tell) -> PlanDraft:
        """The model's answer, mended once where it can't be used."""
        begin = time.monotonic()
        tell(ReadingStep(Stage.MODEL, "started", self.model))
        deadline = time.monotonic() + self._client.settings.seconds
        first = request
        for repairs in range(REPAIRS, -1, -1):
            ended: Ended | None = None
            pieces = answer(self._client, self._spending, paper.id, "planner", request, deadline)
            async with contextlib.aclosing(pieces):
                async for piece in pieces:
                    if isinstance(piece, Ended):
                        ended = piece
                    elif isinstance(piece, Text):
                        tell(ModelText(piece.text))
            problem, error = judged(ended, _problem_of)
            if error is None and ended is not None:
                tell(ReadingStep(Stage.MODEL, "completed", self.model, time.monotonic() - begin))
                return PlanDraft.model_validate(json.loads(unfenced(ended.text)))
            # an answer that was cut off would be cut off again, and one that was refused is refused
            if not (repairs and problem and ended is not None):
                break
            shown = (Message("assistant", ended.text[:SHOWN_BACK]),) if ended.text else ()
            request = first.followed_by(*shown, Message("user", prompt.MEND.format(problem=problem)))
        assert error is not None
        tell(ReadingStep(Stage.MODEL, "failed", error.info.message, time.monotonic() - begin))
        raise error

    def _checked(
        self, basis: Basis, claims: list[Claim], draft: PlanDraft, notes: Notes
    ) -> tuple[Basis, dict[str, list[Named]]]:
        """The basis with what of the draft stands in the paper."""
        named_basis, named = with_names(basis, claims, draft, notes)
        by_id = {claim.id: claim for claim in claims}
        for claim_id, found in named.items():
            for entry in found:
                notes.take(
                    f"{by_id[claim_id].method}: “{entry.printed}” is {entry.meaning} (page {entry.sentence.page})"
                )
        return with_settings(named_basis, draft, notes), named

    async def _coded(
        self,
        paper: Paper,
        claims: Sequence[Claim],
        page_texts: Sequence[str],
        basis: Basis,
        budget_minutes: int,
        notes: Notes,
        tell: Tell,
    ) -> tuple[Basis, list[Written]]:
        """The basis with the methods that the coder wrote; its failure takes nothing from the rest of the plan."""
        if self._coder is None:
            return basis, []
        try:
            return await self._coder.extend(paper, claims, page_texts, basis, budget_minutes, tell)
        except P2NError as error:
            notes.refuse("code for methods outside the catalogue", error.info.message)
            return basis, []


def _explained(body: PlanBody) -> list[str]:
    """The plan in plain sentences, now that it is known which experiments rest on a model's word."""
    seconds = sum(experiment.estimated_seconds for experiment in body.experiments)
    dataset = datasets.of(body.dataset)
    return explain(dataset, body.config, body.experiments, body.unplanned, seconds)


def _of_code(made: Written) -> str:
    tries = "one try" if made.code.attempts == 1 else f"{made.code.attempts} tries"
    return f"The model {made.code.written_by} wrote code for {made.printed}, which ran on a part of the data after {tries}."


def _still_open(basis: Basis, budget_minutes: int) -> list[str]:
    """What the rules had to assume, and which names they do not understand."""
    left = [entry.message for entry in basis.unplanned]
    try:
        body = write(basis, budget_minutes)
    except P2NError:
        return list(dict.fromkeys(left))
    assumed = [f"{entry.subject}: {entry.missing}" for entry in body.assumptions]
    return list(dict.fromkeys([*assumed, *left]))


def _marked(body: PlanBody, named: dict[str, list[Named]]) -> PlanBody:
    """Experiments that rest on a model's reading of a name are not exact, and quote what it read."""
    if not named:
        return body
    experiments, assumptions = [], list(body.assumptions)
    for experiment in body.experiments:
        found = {n.printed: n for m in experiment.metrics for n in named.get(m.claim_id, [])}
        if found:
            reasons = [f"what “{n.printed}” is was read by a model: {n.meaning}" for n in found.values()]
            quotes = [_justification(n) for n in found.values()]
            assumptions += [n.assumption for n in found.values() if n.assumption not in assumptions]
            experiment = experiment.model_copy(
                update={
                    "fidelity": Fidelity.PROXY if experiment.fidelity is Fidelity.PROXY else Fidelity.REDUCED,
                    "fidelity_reasons": [*experiment.fidelity_reasons, *reasons],
                    "justifications": [*experiment.justifications, *quotes],
                }
            )
        experiments.append(experiment)
    unique: list[Assumption] = list({a.model_dump_json(): a for a in assumptions}.values())
    return body.model_copy(update={"experiments": experiments, "assumptions": unique})


def _justification(named: Named) -> Justification:
    return Justification(subject="model" if named.subject == "method" else named.subject, quote=named.quote)
