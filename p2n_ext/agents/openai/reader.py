"""The PaperReader that asks a model, and believes it only what the paper shows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from p2n_ext.protocols import (
    ClaimFound,
    Database,
    Documents,
    ModelText,
    PageLayout,
    PagesRead,
    Reading,
    ReadingNotice,
    ReadingStep,
)
from p2n_schemas.claims import Box
from p2n_schemas.errors import P2NError
from p2n_schemas.events import Stage
from p2n_schemas.papers import DroppedClaim, Paper

from ..likeness import same
from . import prompt
from .answer_schema import Proposal
from .capabilities import capabilities_of
from .checking import READER, Found, claim_of, dropped, find
from .client import OpenAIClient
from .index import OpenAIIndex
from .paper_text import PaperText
from .partial_json import ClaimsParser
from .request import Message, Request
from .retrieval import pages_for_prompt
from .spending import Spending
from .stream import Again, Ended, Searched, Text, answer
from .taken import Taken
from .verdicts import judged

REPAIRS = 1
CONTINUATIONS = 3
SHOWN_BACK = 40_000
MAX_LOCATED = 1000
MAX_SEARCHES = 50


class OpenAIReader:
    """One model reads; each number it proposes is looked up in our own page text and table cells."""

    name = READER
    names: tuple[str, ...] = (READER,)

    def __init__(
        self, client: OpenAIClient, index: OpenAIIndex, documents: Documents, database: Database
    ) -> None:
        self._client = client
        self._index = index
        self._documents = documents
        self._spending = Spending(database, client.settings)

    @property
    def model(self) -> str:
        return self._client.settings.models["extractor"]

    async def read(self, paper: Paper, pdf: Path) -> AsyncGenerator[Reading, None]:
        """Steps, the model's words, and each claim as soon as it is complete and found on its page.

        Raises P2NError E_PDF_…, E_MODEL_…, E_VECTOR_STORE_INVALID, E_POLICY_CAP_EXCEEDED; once a claim was verified
        what goes wrong after it is a notice, and the claim stays.
        """
        deadline = time.monotonic() + self._client.settings.seconds
        self._spending.check("extractor")
        pages = await self._documents.layout(pdf)
        yield PagesRead(len(pages), len(pages))
        text = await asyncio.to_thread(PaperText, pages)
        taken = Taken()
        try:
            begin = time.monotonic()
            yield ReadingStep(Stage.INDEXING, "started", "index at the model's provider")
            try:
                store = await self._store(paper, pdf)
            except P2NError as error:
                yield ReadingStep(Stage.INDEXING, "failed", error.info.message, time.monotonic() - begin)
                raise
            where = "file_search" if store else "pages in the prompt"
            yield ReadingStep(Stage.INDEXING, "completed", where, time.monotonic() - begin)
            request = await self._request(paper, pages, store)
            async with contextlib.aclosing(
                self._converse(paper, pdf, text, request, taken, deadline)
            ) as steps:
                async for step in steps:
                    yield step
        except P2NError as error:
            if not taken.claims:
                raise
            yield ReadingNotice(error.info)

    async def _store(self, paper: Paper, pdf: Path) -> str | None:
        if not capabilities_of(self.model).tools:
            return None
        row = await self._index.ensure(paper, pdf)
        return row.vector_store_id if row else None

    async def _request(self, paper: Paper, pages: list[PageLayout], store: str | None) -> Request:
        able = capabilities_of(self.model)
        chosen = await asyncio.to_thread(pages_for_prompt, pages, self._client.settings.prompt_characters)
        message = Message("user", prompt.whole(paper, chosen, len(pages)))
        told = prompt.instructions(False, not able.schema)
        with_pages = Request(self.model, able, told, (message,), None)
        if store is None:
            return with_pages
        message = Message("user", prompt.outline(paper, pages))
        told = prompt.instructions(True, not able.schema)
        return Request(self.model, able, told, (message,), store, instead=with_pages)

    async def _converse(
        self, paper: Paper, pdf: Path, text: PaperText, request: Request, taken: Taken, deadline: float
    ) -> AsyncGenerator[Reading, None]:
        """The first answer, and further ones where it was cut off or can't be used."""
        repairs, more = REPAIRS, CONTINUATIONS
        first = request
        while True:
            ended: Ended | None = None
            begin = time.monotonic()
            yield ReadingStep(Stage.MODEL, "started", self.model)
            try:
                async with contextlib.aclosing(
                    self._answer(paper, pdf, text, request, taken, deadline)
                ) as steps:
                    async for step in steps:
                        if isinstance(step, Ended):
                            ended = step
                        else:
                            yield step
                problem, error = judged(ended)
            except P2NError as failed:
                yield ReadingStep(Stage.MODEL, "failed", failed.info.message, time.monotonic() - begin)
                raise
            seconds = time.monotonic() - begin
            if error is None:
                yield ReadingStep(Stage.MODEL, "completed", self.model, seconds)
                yield taken.summary()
                return
            yield ReadingStep(Stage.MODEL, "failed", error.info.message, seconds)
            assert ended is not None
            if ended.how == "cut_off" and taken.fresh and more:
                more -= 1
                last = "\n".join(taken.last)
                note = prompt.CUT_OFF.format(last=prompt.fenced(paper, last))
                request = first.followed_by(Message("user", note))
            elif repairs and ended.how != "cut_off":
                repairs -= 1
                shown = (Message("assistant", ended.text[:SHOWN_BACK]),) if ended.text else ()
                note = (
                    prompt.DECLINED
                    if ended.how in ("refused", "filtered")
                    else prompt.MEND.format(problem=problem)
                )
                request = first.followed_by(*shown, Message("user", note))
            else:
                raise error

    async def _answer(
        self, paper: Paper, pdf: Path, text: PaperText, request: Request, taken: Taken, deadline: float
    ) -> AsyncGenerator[Reading | Ended, None]:
        """One answer, its claims checked as they come; `Ended` is the last that it gives."""
        parser = ClaimsParser()
        taken.fresh = False
        pieces = answer(self._client, self._spending, paper.id, "extractor", request, deadline)
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, Again):
                    parser = ClaimsParser()
                    yield ReadingStep(Stage.MODEL, "started", f"again: {piece.error.info.message}")
                elif isinstance(piece, Searched):
                    taken.searches += 1
                    if taken.searches <= MAX_SEARCHES:
                        yield ReadingStep(Stage.SEARCH, "completed", "; ".join(piece.queries))
                elif isinstance(piece, Ended):
                    yield piece
                elif isinstance(piece, Text):
                    yield ModelText(piece.text)
                    for proposal in parser.feed(piece.text):
                        if (checked := await self._check(proposal, paper, pdf, text, taken)) is not None:
                            yield checked

    async def _check(
        self, proposal: Proposal, paper: Paper, pdf: Path, text: PaperText, taken: Taken
    ) -> ClaimFound | DroppedClaim | None:
        """What comes of a proposal; None where it came before, or there were too many."""
        if not taken.takes(proposal):
            return None
        # tens of milliseconds where a table is large, and kernels share this loop; one after the other
        found = await asyncio.to_thread(find, proposal, text)
        if isinstance(found, DroppedClaim):
            taken.dropped += 1
            return found
        box = await self._box(found, pdf, text, taken)
        if box is None and found.place.cell is None:
            taken.dropped += 1
            place = f"page {found.place.page.number}"
            return dropped(proposal, f"the number could not be made out within its line on {place}")
        claim = claim_of(found, paper.id, text, box)
        if earlier := taken.claims.get(claim.id):
            about = (same(earlier.method, claim.method), same(earlier.metric, claim.metric))
            if all(about) and same(earlier.dataset, claim.dataset):
                return None
            taken.dropped += 1
            return dropped(
                proposal, f"the number there was proposed before, for “{earlier.method}: {earlier.metric}”"
            )
        taken.claims[claim.id] = claim
        return ClaimFound(claim)

    async def _box(self, found: Found, pdf: Path, text: PaperText, taken: Taken) -> Box | None:
        """The box of the number itself, where its cell or line prints more than that."""
        if not found.whole_line:
            return None
        place = found.place
        key = (place.page.number, place.number.text)
        if key not in taken.located:
            # one child process looks for all that may be asked for, as each of them reads the paper anew
            wanted = list(dict.fromkeys([key, *([] if taken.located else text.to_locate())]))[:MAX_LOCATED]
            quotes = await self._documents.locate_all(pdf, wanted)
            boxes = ([q.box for q in found_ if q.box is not None] for found_ in quotes)
            taken.located.update(zip(wanted, boxes, strict=True))
        outer = place.cell.box if place.cell else place.line.box
        return next((box for box in taken.located[key] if box.overlap(outer) > 0.5), None)
