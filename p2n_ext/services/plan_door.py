"""The door for plans that people write: nothing comes in but a plan v1.1 whose words stand in the paper."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from p2n_schemas.api import PlanImport
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, P2NError, invalid
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Justification, Plan, PlanBody

from ..protocols import Database, Documents, NotebookBuilder, ObjectStore
from . import keys
from .faults import missing

PERSON = "person"
_MAX_PROBLEMS = 20
_MAX_BYTES = 2_000_000


class PlanDoor:
    """Checks and stores plans that were not made by a planner."""

    def __init__(
        self, database: Database, objects: ObjectStore, documents: Documents, builder: NotebookBuilder
    ) -> None:
        self._database = database
        self._objects = objects
        self._documents = documents
        self._builder = builder

    async def store(self, paper_id: str, document: bytes, author: str | None = None) -> Plan:
        """Store the plan of a JSON document: `{"plan": {…}, "parent": "pl_…"}`, or the plan itself.

        With a parent it is the next version of that plan, which stays as it is. Its claims must be the paper's, its quotes must stand on their pages, its dataset and licence must be what the
        catalogue says, and a notebook must come of it. Raises E_NOT_FOUND, E_VALIDATION (detail: the problems).
        """
        sent = parse_import(document)
        body = sent.plan
        paper = await self._database.get_paper(paper_id)
        if paper is None:
            raise missing("paper", paper_id)
        version = await self._version(paper_id, sent.parent)
        claims = await self._database.list_claims(paper_id)
        pdf = await self._objects.local_path(keys.paper(paper_id))
        texts = await self._documents.page_texts(pdf)
        if problems := await self.problems(body, paper, claims, texts):
            raise _refused(problems)
        plan = Plan(
            id=f"pl_{uuid.uuid4().hex[:16]}",
            paper_id=paper_id,
            version=version,
            parent=sent.parent,
            planner=PERSON,
            author=author,
            body=body,
            created_at=utc_now(),
        )
        await self._database.put_plan(plan)
        return plan

    async def problems(
        self, body: PlanBody, paper: Paper, claims: Sequence[Claim], page_texts: Sequence[str]
    ) -> list[tuple[str, str]]:
        """Where a plan says what is not so, and what. Raises E_VALIDATION where no notebook comes of it."""
        found = [
            *_claim_problems(body, {claim.id for claim in claims}),
            *_quote_problems(body, page_texts),
            *await self._upload_problems(body),
        ]
        found = found or [("plan", words) for words in self._builder.check(body, claims)]
        if not found:
            await asyncio.to_thread(self._builder.build, body, claims, paper)
        return found

    async def _version(self, paper_id: str, parent: str | None) -> int:
        """The next one of the parent's lineage; two edits of one plan are two versions."""
        if parent is None:
            return 1
        plans = {plan.id: plan for plan in await self._database.list_plans(paper_id)}
        if parent not in plans:
            raise _refused([("parent", f"the paper has no plan {parent!r}")])
        origin = _origin(parent, plans)
        return 1 + max(plan.version for plan in plans.values() if _origin(plan.id, plans) == origin)

    async def _upload_problems(self, body: PlanBody) -> list[tuple[str, str]]:
        bound = body.dataset.uploaded
        if bound is None:
            return []
        dataset = await self._database.get_dataset(bound.dataset_id)
        if dataset is None:
            return [("plan.dataset.uploaded.dataset_id", f"there is no dataset {bound.dataset_id!r}")]
        said = (bound.sha256, bound.size_bytes, bound.filename, body.dataset.name)
        if said != (dataset.sha256, dataset.size_bytes, dataset.filename, dataset.name):
            return [("plan.dataset.uploaded", f"it is not the dataset {dataset.id} as it was uploaded")]
        if (body.dataset.licence, body.dataset.source) != (dataset.licence, dataset.source):
            return [("plan.dataset.licence", "licence and source are not those stated with the upload")]
        return []


def is_plan_import(document: bytes) -> bool:
    """Whether a request's body is a whole plan, and not a request for one."""
    try:
        value = json.loads(document)
    except ValueError:
        return False
    return isinstance(value, dict) and "plan" in value


def parse_plan(document: bytes) -> PlanBody:
    """A plan v1.1, to the letter: no type is bent, no field is dropped. Raises E_VALIDATION."""
    return parse_import(document).plan


def parse_import(document: bytes) -> PlanImport:
    """The same with the plan that it was edited from, where one is named. Raises E_VALIDATION."""
    if len(document) > _MAX_BYTES:
        raise _refused([("plan", f"it is larger than {_MAX_BYTES} bytes")])
    wrapped = document if is_plan_import(document) else b'{"plan": ' + (document.strip() or b"null") + b"}"
    try:
        return PlanImport.model_validate_json(wrapped, strict=True)
    except ValidationError as error:
        raise invalid(error) from None


def _origin(plan_id: str, plans: Mapping[str, Plan]) -> str:
    """The first plan of a lineage, or the oldest of it that is still there."""
    seen = {plan_id}
    while (parent := plans[plan_id].parent) is not None and parent in plans and parent not in seen:
        seen.add(parent)
        plan_id = parent
    return plan_id


def _claim_problems(body: PlanBody, known: set[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for number, experiment in enumerate(body.experiments):
        for position, metric in enumerate(experiment.metrics):
            where = f"plan.experiments.{number}.metrics.{position}.claim_id"
            if metric.claim_id not in known:
                yield where, f"the paper has no claim {metric.claim_id!r}"
            elif metric.claim_id in seen:
                yield where, f"the claim {metric.claim_id!r} is planned twice"
            seen.add(metric.claim_id)
    for number, entry in enumerate(body.unplanned):
        if entry.claim_id not in known:
            yield f"plan.unplanned.{number}.claim_id", f"the paper has no claim {entry.claim_id!r}"


def _quote_problems(body: PlanBody, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    pages = [_folded(text) for text in texts]

    def check(where: str, entries: Sequence[Justification]) -> Iterator[tuple[str, str]]:
        for number, entry in enumerate(entries):
            quote = entry.quote
            words = _folded(quote.text)
            if not words or quote.page > len(pages) or words not in pages[quote.page - 1]:
                yield f"{where}.{number}.quote", f"not on page {quote.page}: “{words[:120]}”"

    yield from check("plan.justifications", body.justifications)
    for number, experiment in enumerate(body.experiments):
        yield from check(f"plan.experiments.{number}.justifications", experiment.justifications)


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _refused(problems: Sequence[tuple[str, str]]) -> P2NError:
    where, words = problems[0]
    return P2NError(
        ErrorCode.E_VALIDATION,
        f"{where}: {words}",
        "Correct the plan: claims by their ids, quotes word for word from their page, facts as the catalogue has them.",
        {"problems": [{"where": where, "problem": words} for where, words in problems[:_MAX_PROBLEMS]]},
    )
