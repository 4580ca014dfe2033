"""A paper at the provider: its file and the vector store that file_search looks into.

A row is written before each thing that is made there and says what there may be, so that whatever a crash leaves can be
found and deleted. A file whose id never arrived is found by its name, which the row's moment makes unique.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from p2n_ext.protocols import Database
from p2n_schemas.base import utc_now
from p2n_schemas.errors import P2NError
from p2n_schemas.model_calls import RemoteIndex
from p2n_schemas.papers import Paper

from .client import ATTEMPTS, OpenAIClient
from .faults import WITHOUT_STORES, ModelFault, index_invalid, not_configured

_log = logging.getLogger(__name__)
_STORE_ID = re.compile(r"vs_[A-Za-z0-9_-]{1,200}")
_FILE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,200}")
LISTED = 1000
LAG_SECONDS = 10.0
# how long a provider is taken to have no vector stores, before it is asked again
ABSENT_SECONDS = 300.0
GRACE_SECONDS = 30.0
QUICK_SECONDS = 10.0


class OpenAIIndex:
    """The PaperIndex protocol; makes nothing where the provider has no vector stores."""

    def __init__(self, client: OpenAIClient, database: Database) -> None:
        self._client = client
        self._database = database
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._absent_until = 0.0

    async def prepare(self, paper: Paper, pdf: Path) -> None:
        """Make the index unless it is there. Raises E_VECTOR_STORE_INVALID, E_MODEL_UNAVAILABLE, E_MODEL_REJECTED,
        E_MODEL_NOT_CONFIGURED."""
        await self.ensure(paper, pdf)

    async def ensure(self, paper: Paper, pdf: Path) -> RemoteIndex | None:
        """The index, made where it is not there or has expired; None where the provider keeps none. Raises as `prepare`."""
        async with self._lock(paper.id):
            try:
                base_url = await self._client.base_url()
                if time.monotonic() < self._absent_until:
                    return None
                row = await self._database.get_remote_index(paper.id)
                if row is not None and row.base_url != base_url:
                    # this key may not delete what is kept there
                    _log.warning(
                        "the index of %s at %s is left there: %s", paper.id, row.base_url, row.file_id
                    )
                    await self._database.delete_remote_index(paper.id)
                    row = None
                if row is not None and not row.ready:
                    row = await self._awaited(row)
                if row is not None:
                    if await self._alive(row):
                        return row
                    await self._clean(row)
                return await self._make(paper, pdf, base_url)
            except ModelFault as fault:
                raise fault.fault.error from None

    async def remove(self, paper_id: str) -> None:
        """Delete file and vector store; what is gone already is done. Raises E_MODEL_UNAVAILABLE, E_MODEL_REJECTED,
        E_MODEL_NOT_CONFIGURED."""
        async with self._lock(paper_id):
            row = await self._database.get_remote_index(paper_id)
            if row is None:
                return
            try:
                if row.base_url != await self._client.base_url():
                    raise not_configured(
                        f"The paper's index is kept by another provider, at {row.base_url}.",
                        "Set the base URL and the key of that provider again, then delete the paper.",
                        {"base_url": row.base_url},
                    )
                await self._clean(row)
            except ModelFault as fault:
                raise fault.fault.error from None

    async def exists(self, paper_id: str) -> bool | None:
        """Whether file and vector store are there and ready; None where none was made, or where that can't be told: the
        provider is out of reach, or is another one. Takes at most QUICK_SECONDS."""
        row = await self._database.get_remote_index(paper_id)
        if row is None:
            return None
        try:
            async with asyncio.timeout(QUICK_SECONDS):
                if row.base_url != await self._client.base_url():
                    return None
                return row.ready and await self._alive(row, attempts=1)
        except (ModelFault, P2NError, TimeoutError):
            return None

    def _lock(self, paper_id: str) -> asyncio.Lock:
        return self._locks.setdefault(paper_id, asyncio.Lock())

    async def _alive(self, row: RemoteIndex, attempts: int = ATTEMPTS) -> bool:
        store_id = row.vector_store_id or ""
        if not (row.ready and store_id):
            return False
        try:
            store = await self._client.ask(
                lambda sdk: sdk.vector_stores.retrieve(store_id), attempts=attempts
            )
            await self._client.ask(lambda sdk: sdk.files.retrieve(row.file_id), attempts=attempts)
        except ModelFault as fault:
            if fault.fault.status == 404:
                return False
            raise
        return getattr(store, "status", None) != "expired"

    async def _awaited(self, row: RemoteIndex) -> RemoteIndex | None:
        """The row of a server that is at work on it, once it is ready; None where that gave up; the row as it is where a
        server that was killed must have left it."""
        wait = 0.1
        longest = self._client.settings.index_seconds + GRACE_SECONDS
        while (utc_now() - row.created_at).total_seconds() < longest:
            await asyncio.sleep(wait)
            wait = min(2.0, wait * 1.6)
            now = await self._database.get_remote_index(row.paper_id)
            if now is None or now.ready:
                return now
            row = now
        return row

    async def _make(self, paper: Paper, pdf: Path, base_url: str) -> RemoteIndex | None:
        row = RemoteIndex(paper_id=paper.id, base_url=base_url, file_id="", created_at=utc_now())
        standing = await self._database.put_remote_index(row)
        if standing != row:
            # another server on this database was first: nothing was made here yet
            theirs = await self._awaited(standing)
            if theirs is None or not theirs.ready or theirs.base_url != base_url:
                raise index_invalid("Another server did not get the paper's index ready.", {})
            return theirs
        try:
            made = await self._fill(row, pdf)
        except BaseException:
            # also when cancelled: whoever gives up an upload must not leave it behind
            await asyncio.shield(self._give_up(paper.id))
            raise
        if made is None:
            self._absent_until = time.monotonic() + ABSENT_SECONDS
            await self._give_up(paper.id)
        return made

    async def _fill(self, row: RemoteIndex, pdf: Path) -> RemoteIndex | None:
        name = _name(row)
        data = await asyncio.to_thread(pdf.read_bytes)
        try:
            file = await self._create(
                lambda sdk: sdk.files.create(
                    file=(f"{name}.pdf", data, "application/pdf"), purpose="assistants"
                )
            )
            row = row.model_copy(update={"file_id": _valid(file, _FILE_ID, "file")})
            await self._database.replace_remote_index(row)
            store = await self._create(
                lambda sdk: sdk.vector_stores.create(
                    name=name, file_ids=[row.file_id], metadata={"p2n_paper": row.paper_id}
                )
            )
        except ModelFault as fault:
            if fault.fault.status in WITHOUT_STORES:
                return None
            raise
        row = row.model_copy(update={"vector_store_id": _valid(store, _STORE_ID, "vector store")})
        await self._database.replace_remote_index(row)
        await self._indexed(row)
        row = row.model_copy(update={"ready": True})
        await self._database.replace_remote_index(row)
        return row

    async def _create(self, request: Callable[[Any], Awaitable[Any]]) -> Any:
        """What makes something. A 404 in the API's own words is a file that is not known everywhere yet: asked again, as
        nothing was made; any other says that there is no such route. Raises ModelFault."""
        attempt = 1
        while True:
            try:
                return await self._client.ask(request, repeatable=False)
            except ModelFault as failed:
                fault = failed.fault
                lagging = fault.status == 404 and fault.told and attempt < ATTEMPTS
                if not lagging or not await self._client.pause(fault, attempt):
                    raise
            attempt += 1

    async def _indexed(self, row: RemoteIndex) -> None:
        """Wait until the file is searchable. Raises E_VECTOR_STORE_INVALID."""
        store_id = row.vector_store_id or ""
        begin, wait = time.monotonic(), 0.1
        while True:
            status, detail = await self._status(store_id, row.file_id, time.monotonic() - begin)
            if status == "completed":
                return
            if status != "in_progress":
                raise index_invalid(
                    f"The provider's index of the paper ended as {status}.", {"status": status} | detail
                )
            if time.monotonic() - begin + wait > self._client.settings.index_seconds:
                seconds = self._client.settings.index_seconds
                raise index_invalid(
                    f"The provider did not index the paper within {seconds:.0f} s.", {"status": status}
                )
            await asyncio.sleep(wait)
            wait = min(5.0, wait * 1.6)

    async def _status(self, store_id: str, file_id: str, waited: float) -> tuple[str, dict[str, Any]]:
        try:
            entry = await self._client.ask(
                lambda sdk: sdk.vector_stores.files.retrieve(file_id, vector_store_id=store_id)
            )
        except ModelFault as fault:
            if fault.fault.status != 404:
                raise
            # a file that was attached a moment ago may not be known everywhere yet
            return ("in_progress" if waited < LAG_SECONDS else "missing"), {}
        status = str(getattr(entry, "status", "") or "unknown")[:50]
        code = getattr(getattr(entry, "last_error", None), "code", None)
        return status, {"code": str(code)[:100]} if code else {}

    async def _give_up(self, paper_id: str) -> None:
        """Take back what was begun; where that fails the row stays, and `remove` does it later."""
        try:
            row = await self._database.get_remote_index(paper_id)
            if row is not None:
                await self._clean(row)
        except (ModelFault, P2NError):
            return

    async def _clean(self, row: RemoteIndex) -> None:
        """Delete everything that the row's making may have left, then the row. Raises ModelFault."""
        sdk = await self._client.sdk()
        stores = [row.vector_store_id] if row.vector_store_id else []
        if not stores and row.file_id:
            stores = [s async for s in self._named(sdk.vector_stores.list(limit=100), "name", _name(row))]
        for store_id in stores:
            await self._delete(sdk.vector_stores, store_id)
        files = [row.file_id] if row.file_id else []
        if not files:
            listing = sdk.files.list(limit=100, purpose="assistants")
            files = [f async for f in self._named(listing, "filename", f"{_name(row)}.pdf")]
        for file_id in files:
            await self._delete(sdk.files, file_id)
        now = await self._database.get_remote_index(row.paper_id)
        if now is not None and now.created_at == row.created_at:
            await self._database.delete_remote_index(row.paper_id)

    async def _delete(self, resource: Any, what: str) -> None:
        try:
            await self._client.ask(lambda _: resource.delete(what))
        except ModelFault as fault:
            if fault.fault.status != 404:
                raise

    async def _named(self, listing: Any, attribute: str, name: str) -> AsyncIterator[str]:
        """Ids, where they can be ids, of the newest things with a name; none where the provider lists nothing."""
        seen = 0
        try:
            async for item in listing:
                seen += 1
                found = getattr(item, "id", None)
                if getattr(item, attribute, None) == name and _FILE_ID.fullmatch(str(found or "")):
                    yield str(found)
                if seen >= LISTED:
                    return
        except Exception as error:
            fault = self._client.fault(error)
            if fault.status not in WITHOUT_STORES:
                raise ModelFault(fault) from None


def _name(row: RemoteIndex) -> str:
    return f"p2n-{row.paper_id}-{row.created_at:%Y%m%dT%H%M%S%f}"


def _valid(made: Any, shape: re.Pattern[str], what: str) -> str:
    """The id of what was made. Raises E_VECTOR_STORE_INVALID."""
    found = getattr(made, "id", None)
    if not isinstance(found, str) or not shape.fullmatch(found):
        raise index_invalid(f"The provider gave no valid id for the {what}.", {"id": str(found)[:100]})
    return found
