"""The coder: a model writes the function of a method that the catalogue does not have; it is checked, tried and mended."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from p2n_schemas.claims import Claim, Quote
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import Stage
from p2n_schemas.papers import Paper
from p2n_schemas.plans import (
    Assumption,
    Experiment,
    Fidelity,
    GeneratedCode,
    Justification,
    ModelSpec,
    PlanBody,
    UnplannedClaim,
)

from ...catalog import methods
from ...catalog.datasets import Dataset
from ...catalog.generated import problems
from ...catalog.methods import Understood, generated
from ...protocols import CodeTrial, Database, ReadingStep
from ...protocols.reading import Tell, unheard
from ..planning.choose import Runnable, one_dataset, sort_out
from ..planning.planner import Basis, write
from . import coder_prompt as prompt
from .answer_schema import problem_of, unfenced
from .capabilities import capabilities_of
from .client import OpenAIClient
from .coder_prompt import CodeAnswer
from .planner_quotes import look_up, names
from .prompt import fenced
from .request import Message, Request
from .retrieval import PlainPage, pages_for_prompt
from .spending import Spending
from .stream import Ended, answer
from .verdicts import judged

MAX_METHODS = 3
_ANY_TABLE_METHOD = "k-nearest neighbours"
_problem_of = functools.partial(problem_of, shape=CodeAnswer)


@dataclass(frozen=True)
class Written:
    """Code that ran on a part of the data, with the paper's words for the method."""

    printed: str
    code: GeneratedCode
    quotes: tuple[Quote, ...]
    assumptions: tuple[str, ...]


class OpenAICoder:
    def __init__(
        self, client: OpenAIClient, database: Database, trial: CodeTrial, max_retries: int = 2
    ) -> None:
        """`max_retries`: how often code is mended from what went wrong with it, 0 to 3."""
        self._client = client
        self._spending = Spending(database, client.settings)
        self._trial = trial
        self.max_retries = max_retries

    @property
    def model(self) -> str:
        return self._client.settings.models["coder"]

    async def extend(
        self,
        paper: Paper,
        claims: Sequence[Claim],
        page_texts: Sequence[str],
        basis: Basis,
        budget_minutes: int,
        tell: Tell = unheard,
    ) -> tuple[Basis, list[Written]]:
        """The basis with the claims whose method now has code, and that code.

        Where none came of it, the claim stays unplanned and its message says why. Raises E_POLICY_CAP_EXCEEDED and what
        makes every further try vain: E_MODEL_…, E_DOCKER_UNAVAILABLE, E_RAY_UNAVAILABLE.
        """
        wanted = await asyncio.to_thread(_without_code, basis, list(claims))
        done: list[Written] = []
        for number, entries in enumerate(wanted.values()):
            if number >= MAX_METHODS:
                basis = _told(basis, entries, f"code was asked for {MAX_METHODS} methods already")
                continue
            extended = _with(basis, entries)
            begin = time.monotonic()
            made = await self._written(paper, claims, page_texts, extended, entries, budget_minutes, tell)
            seconds = time.monotonic() - begin
            if isinstance(made, str):
                tell(ReadingStep(Stage.CODE, "failed", f"{entries[0].claim.method}: {made}", seconds))
                basis = _told(basis, entries, made)
            else:
                tell(ReadingStep(Stage.CODE, "completed", made.printed, seconds))
                basis = extended
                done.append(made)
        return basis, done

    async def _written(
        self,
        paper: Paper,
        claims: Sequence[Claim],
        page_texts: Sequence[str],
        basis: Basis,
        entries: Sequence[Runnable],
        budget_minutes: int,
        tell: Tell,
    ) -> Written | str:
        """Code that came to its end, or why there is none."""
        printed = entries[0].claim.method
        first = request = await self._request(paper, page_texts, printed, entries[0].dataset)
        why = ""
        for attempt in range(1, self.max_retries + 2):
            tries = f"try {attempt} of at most {self.max_retries + 1}"
            tell(ReadingStep(Stage.CODE, "started", f"{printed}: {self.model} writes its code, {tries}"))
            told = await self._ask(paper, request)
            if not told.possible:
                return f"the model says that the paper leaves it open: {told.why[:300]}"
            quotes = _quotes(told, basis, printed)
            if isinstance(quotes, str):
                return quotes
            if found := problems(told.code):
                why = f"its code may not be run: {found[0]}"
                note = prompt.REFUSED.format(problems="; ".join(found))
            else:
                code = GeneratedCode(source=told.code.strip(), written_by=self.model, attempts=attempt)
                made = Written(printed, code, quotes, tuple(told.assumptions))
                body = await asyncio.to_thread(_only, basis, made, budget_minutes)
                if body is None:
                    return "the budget does not allow for it"
                tell(ReadingStep(Stage.CODE, "started", f"{printed}: its code runs on a part of the data"))
                failed = await self._trial(body, claims, paper)
                if failed is None:
                    return made
                why = f"its code failed: {failed[-300:]}"
                note = prompt.FAILED.format(error=fenced(paper, failed))
            request = first.followed_by(Message("assistant", told.model_dump_json()), Message("user", note))
        return f"{why} (after {self.max_retries + 1} tries)"

    async def _request(
        self, paper: Paper, page_texts: Sequence[str], printed: str, dataset: Dataset
    ) -> Request:
        able = capabilities_of(self.model)
        pages = [PlainPage(number, text) for number, text in enumerate(page_texts, 1)]
        chosen = await asyncio.to_thread(
            pages_for_prompt, pages, self._client.settings.prompt_characters, f"{printed} method algorithm"
        )
        asked = prompt.question(paper, printed, dataset, chosen, len(pages))
        told = prompt.instructions(not able.schema)
        return Request(
            self.model, able, told, (Message("user", asked),), None, name=prompt.NAME, schema=prompt.SCHEMA
        )

    async def _ask(self, paper: Paper, request: Request) -> CodeAnswer:
        deadline = time.monotonic() + self._client.settings.seconds
        ended: Ended | None = None
        pieces = answer(self._client, self._spending, paper.id, "coder", request, deadline)
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, Ended):
                    ended = piece
        _, error = judged(ended, _problem_of)
        if error is not None or ended is None:
            raise error or P2NError(
                ErrorCode.E_MODEL_OUTPUT_INVALID, "The model gave no answer.", "Try again."
            )
        return CodeAnswer.model_validate(json.loads(unfenced(ended.text)))


def marked(body: PlanBody, written: Sequence[Written]) -> PlanBody:
    """The plan with the code in its experiments, each said to be generated."""
    by_name = {entry.printed: entry for entry in written}
    experiments: list[Experiment] = []
    assumptions = list(body.assumptions)
    for experiment in body.experiments:
        made = by_name.get(experiment.model.named_in_paper_as)
        if made is not None and experiment.model.name == generated.KEY:
            experiment = _marked(experiment, made)
            assumptions += [
                Assumption(
                    subject=f"{made.printed}: code", missing="what the code had to decide", choice=text
                )
                for text in made.assumptions
                if text
            ]
        experiments.append(experiment)
    return body.model_copy(update={"experiments": experiments, "assumptions": assumptions})


def _marked(experiment: Experiment, made: Written) -> Experiment:
    fidelity = Fidelity.PROXY if experiment.fidelity is Fidelity.PROXY else Fidelity.REDUCED
    reason = f"generated code: the model {made.code.written_by} wrote the method from the paper's words"
    quotes = [Justification(subject="model", quote=quote) for quote in made.quotes]
    return experiment.model_copy(
        update={
            "model": ModelSpec(
                name=generated.KEY,
                variant=f"code written by the model {made.code.written_by}",
                named_in_paper_as=made.printed,
                generated=made.code,
            ),
            "fidelity": fidelity,
            "fidelity_reasons": [reason, *experiment.fidelity_reasons],
            "justifications": [*experiment.justifications, *quotes],
        }
    )


def _without_code(basis: Basis, claims: list[Claim]) -> dict[str, list[Runnable]]:
    """By printed name, the claims that lack nothing but a method, on the dataset of the plan."""
    unknown = {entry.claim_id for entry in basis.unplanned if entry.reason == "method_unknown"}
    originals = {claim.id: claim for claim in claims if claim.id in unknown}
    if not originals:
        return {}
    as_if = [claim.model_copy(update={"method": _ANY_TABLE_METHOD}) for claim in originals.values()]
    others = [claim for claim in claims if claim.id not in originals]
    found, _ = sort_out([*others, *as_if], basis.pages, basis.bound)
    entries = [
        replace(entry, claim=originals[entry.claim.id], method=_method(originals[entry.claim.id].method))
        for entry in found
        if entry.claim.id in originals
        and methods.refusal(generated.METHOD, entry.dataset) is None
        and set(entry.metric.computed_from) & set(generated.METHOD.gives)
    ]
    if not entries:
        return {}
    chosen = one_dataset([*basis.runnable, *entries], [])
    wanted: dict[str, list[Runnable]] = {}
    for entry in entries:
        if entry.dataset.key == chosen.dataset.key and entry.metric.task == chosen.task:
            wanted.setdefault(entry.claim.method, []).append(entry)
    return wanted


def _method(printed: str) -> Understood:
    return Understood((generated.METHOD,), {"named": printed}, None)


def _with(basis: Basis, entries: Sequence[Runnable]) -> Basis:
    ids = {entry.claim.id for entry in entries}
    left = [entry for entry in basis.unplanned if entry.claim_id not in ids]
    return replace(basis, runnable=[*basis.runnable, *entries], unplanned=left)


def _told(basis: Basis, entries: Sequence[Runnable], why: str) -> Basis:
    """The basis with the reason why no code came of these claims' method."""
    ids = {entry.claim.id for entry in entries}
    words = " ".join(why.split())[:500]
    unplanned: list[UnplannedClaim] = [
        entry.model_copy(update={"message": f"{entry.message} No code came of it either: {words}."})
        if entry.claim_id in ids
        else entry
        for entry in basis.unplanned
    ]
    return replace(basis, unplanned=unplanned)


def _quotes(told: CodeAnswer, basis: Basis, printed: str) -> tuple[Quote, ...] | str:
    """The paper's words for the method: all must stand, and one must name it."""
    found: list[Quote] = []
    for entry in told.quotes:
        quoted = look_up(entry, basis.pages)
        if isinstance(quoted, str):
            return f"its quote does not stand: {quoted}"
        found.append(Quote(text=quoted.words.text, page=quoted.page))
    if not any(names(quote.text, printed) for quote in found):
        return "no words of the paper were given that name the method and say what it does"
    return tuple(found)


def _only(basis: Basis, made: Written, budget_minutes: int) -> PlanBody | None:
    """The plan with the generated experiment alone; None where the budget has no room for it."""
    mine = [entry for entry in basis.runnable if entry.claim.method == made.printed]
    try:
        body = write(replace(basis, runnable=mine, unplanned=[]), budget_minutes)
    except P2NError:
        return None
    return marked(body, [made])
