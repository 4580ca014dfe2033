"""Papers as they are kept: look, verify, delete."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from p2n_schemas.api import PaperVerification
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.model_calls import PaperUsage
from p2n_schemas.papers import Paper

from ..protocols import Database, EventLog, ObjectStore, PaperIndex, RunFilter
from . import keys
from .faults import missing
from .run_deletion import Forget, remove_files

_STRAY_AFTER = timedelta(hours=1)
"""An ingest makes the index before the paper's row, and takes minutes at most."""
_logger = logging.getLogger(__name__)


class PaperService:
    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        log: EventLog,
        index: PaperIndex | None = None,
        cap_usd: float | None = None,
    ) -> None:
        """`index`: what a model's provider keeps of papers; None where no model is set up. `cap_usd`: what models
        may cost a paper, None: no cap."""
        self._database = database
        self._objects = objects
        self._log = log
        self._index = index
        self._cap_usd = cap_usd
        self.barriers: list[Callable[[str], AbstractAsyncContextManager[None]]] = []
        self.forgetters: list[Forget] = []

    async def papers(self) -> list[Paper]:
        """Newest first, each without what its reading dropped, which may be long."""
        return [_short(paper) for paper in await self._database.list_papers()]

    async def get(self, paper_id: str) -> Paper:
        """Raises E_NOT_FOUND."""
        paper = await self._database.get_paper(paper_id)
        if paper is None:
            raise missing("paper", paper_id)
        return paper

    async def delete(self, paper_id: str, forget_index: bool = False) -> None:
        """The paper with its claims, plans, runs, every object of theirs, and its index at a model's provider.

        Raises E_NOT_FOUND, E_CONFLICT while one of its runs is going on, and where the index could not be deleted
        E_MODEL_UNAVAILABLE, E_MODEL_REJECTED or E_MODEL_NOT_CONFIGURED: the paper stays, to be deleted again.
        `forget_index`: such an index is left where it is.
        """
        await self.get(paper_id)
        async with contextlib.AsyncExitStack() as stack:
            for barrier in self.barriers:
                await stack.enter_async_context(barrier(paper_id))
            await self._delete(paper_id, forget_index)

    async def _delete(self, paper_id: str, forget_index: bool) -> None:
        runs = await self._database.list_runs(RunFilter(paper_id=paper_id), limit=100_000)
        live = [run.id for run in runs if not run.status.is_terminal()]
        if live:
            raise P2NError(
                ErrorCode.E_CONFLICT,
                "A run of this paper is still going on.",
                "Cancel it first, then delete the paper.",
                {"runs": live},
            )
        await self._remove_index(paper_id, forget_index)
        # Objects first: a row without its objects can be deleted again, objects without a row are lost space.
        for run in runs:
            await remove_files(run.id, self._objects, self._log, self.forgetters)
        for plan in await self._database.list_plans(paper_id):
            await self._objects.delete_prefix(keys.plan_folder(plan.id))
        await self._objects.delete_prefix(keys.paper_folder(paper_id))
        await self._database.delete_paper(paper_id)

    async def _remove_index(self, paper_id: str, forget: bool) -> None:
        left = await self._database.get_remote_index(paper_id)
        if left is None:
            return
        try:
            if self._index is None:
                raise P2NError(
                    ErrorCode.E_MODEL_NOT_CONFIGURED,
                    "The provider of a model still keeps this paper, and no key is set to delete it there.",
                    "Set OPENAI_API_KEY where the server is started, and delete the paper again.",
                )
            await self._index.remove(paper_id)
        except P2NError as error:
            if not forget:
                more = f"{error.info.remediation} Or leave it there: DELETE with forget_index=true."
                raise P2NError(error.code, error.info.message, more, error.info.detail) from error
            _logger.warning(
                "left at the provider of a model: file %s, vector store %s",
                left.file_id,
                left.vector_store_id,
            )
            await self._database.delete_remote_index(paper_id)

    async def sweep_indexes(self) -> None:
        """Delete at the provider what an ingest that broke off has left there. Nothing is raised: it is tried again."""
        if self._index is None:
            return
        for stray in await self._database.stray_remote_indexes(utc_now() - _STRAY_AFTER):
            try:
                await self._index.remove(stray.paper_id)
            except P2NError as error:
                _logger.warning("an index without a paper could not be deleted: %s", error.info.message)

    async def verify(self, paper_id: str) -> PaperVerification:
        """Raises E_NOT_FOUND."""
        paper = await self.get(paper_id)
        exists = await self._objects.exists(keys.paper(paper_id))
        matches = False
        if exists:
            data = await self._objects.get(keys.paper(paper_id))
            digest = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
            matches = digest == paper.sha256
        return PaperVerification(
            paper_id=paper_id,
            pdf_exists=exists,
            checksum_matches=matches,
            claims_extracted=paper.reader is not None,
            index_exists=await self._index.exists(paper_id) if self._index is not None else None,
        )

    async def usage(self, paper_id: str) -> PaperUsage:
        """What models have cost for this paper. Raises E_NOT_FOUND."""
        await self.get(paper_id)
        calls = await self._database.list_model_calls(paper_id)
        return PaperUsage(calls=calls, spent_usd=sum(call.cost_usd for call in calls), cap_usd=self._cap_usd)

    async def close(self) -> None:
        await self._database.close()


def _short(paper: Paper) -> Paper:
    if paper.extraction is None or not paper.extraction.dropped:
        return paper
    return paper.model_copy(update={"extraction": paper.extraction.model_copy(update={"dropped": []})})
