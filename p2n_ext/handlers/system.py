"""Health, doctor and the description of this API."""

from __future__ import annotations

import json

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.api import Health
from p2n_schemas.openapi import document

from .base import P2NHandler


class HealthHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(Health(status="ok", version=self.services.doctor.version))


class DoctorHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.services.doctor.examine())


class OpenApiHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.finish(json.dumps(document()))
