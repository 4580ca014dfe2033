"""What P2N keeps on disk: look, and remove."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.storage import StorageDeletion

from .base import P2NHandler


class StorageHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.services.storage.view())


class StorageDeletionHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        self.answer(await self.services.storage.delete(self.body(StorageDeletion).items))
