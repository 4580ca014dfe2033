"""Uploaded datasets: take one in, list them, look at one, delete one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.datasets import DatasetList
from p2n_schemas.errors import P2NError

from .base import P2NHandler
from .forms import FormReader

_ENVELOPE_BYTES = 1 << 20


@web.stream_request_body
class DatasetsHandler(P2NHandler):
    """The body goes to disk as it comes; what is too large, or from a stranger, is not kept at all."""

    _draft: Path | None = None
    _form: FormReader | None = None
    _fault: Exception | None = None
    _size = 0

    async def prepare(self) -> None:  # type: ignore[override]
        if self.request.method == "POST" and self.request.connection is not None:
            bound = self.services.datasets.max_bytes + _ENVELOPE_BYTES
            # a little more than ours, so that it is us who answer and not a cut connection
            self.request.connection.set_max_body_size(2 * bound)  # type: ignore[attr-defined]
        await super().prepare()
        if self.request.method == "POST" and self.current_user:
            self._bound(int(self.request.headers.get("Content-Length", "0") or 0))
            self._draft = await asyncio.to_thread(self.services.datasets.draft)
            try:
                self._form = FormReader(self.request.headers.get("Content-Type", ""), self._draft)
            except P2NError as error:
                self._fault = error

    def _bound(self, size: int) -> None:
        if size > self.services.datasets.max_bytes + _ENVELOPE_BYTES:
            raise self.services.datasets.too_large()

    async def data_received(self, chunk: bytes) -> None:
        # Raising here would cut the connection without an answer, so a fault waits for the verb.
        if self._form is None or self._fault is not None:
            return
        try:
            self._size += len(chunk)
            self._bound(self._size)
            await asyncio.to_thread(self._form.feed, chunk)
        except Exception as error:
            self._fault = error

    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(DatasetList(datasets=await self.services.datasets.datasets()))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        if self._fault is not None:
            raise self._fault
        assert self._form is not None
        assert self._draft is not None
        filename = self._form.finish()
        given = {
            name: value for name in ("name", "licence", "source") if (value := self._form.fields.get(name))
        }
        created = await self.services.datasets.add(self._draft, filename, **given)
        self.answer(created, 201 if created.created else 200)

    def on_finish(self) -> None:
        self._clean()
        super().on_finish()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._clean()

    def _clean(self) -> None:
        if self._form is not None:
            self._form.close()
        if self._draft is not None:
            self._draft.unlink(missing_ok=True)


class DatasetHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, dataset_id: str) -> None:
        self.answer(await self.services.datasets.get(dataset_id))

    @web.authenticated
    @authorized
    async def delete(self, dataset_id: str) -> None:
        await self.services.datasets.delete(dataset_id)
        self.set_status(204)
        self.finish()
