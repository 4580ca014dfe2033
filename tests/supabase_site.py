"""What stands for a Supabase project: real PostgreSQL and PostgREST, Storage's double, and a gateway that can fail."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
from aiohttp import web

from p2n_ext.stores.supabase_connection import SupabaseProject
from tests.live_server import free_port
from tests.postgres_cluster import Cluster, token
from tests.storage_double import Bucket, StorageDouble

BUCKET = "p2n"
_HOP = frozenset({"host", "connection", "content-length", "transfer-encoding", "content-encoding"})


@dataclass
class Fault:
    """Of requests that `METHOD path` fits: `status` answers without doing it, `lost` does it and drops the answer, `hang`
    neither answers nor does it. `times`: how many; -1 for all."""

    pattern: str
    kind: Literal["status", "lost", "hang"]
    times: int = 1
    status: int = 503


class SupabaseSite:
    """Runs in a thread with a loop of its own, so that tests may block."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.storage = StorageDouble()
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.secrets_seen: list[str] = []
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.key = token("service_role", seconds=86400)
        self._loop = asyncio.new_event_loop()
        self._stopping: asyncio.Event | None = None
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, name="supabase-site", daemon=True)
        self._thread.start()
        self._ready.result(30)
        self.reset()

    def project(self, **changes: Any) -> SupabaseProject:
        wanted = {"url": self.url, "key": self.key, "bucket": BUCKET, "timeout": 10.0, **changes}
        return SupabaseProject(**wanted)

    def reset(self) -> None:
        """Empty rows and objects, no faults."""
        self.faults.clear()
        self.requests.clear()
        self.storage.buckets = {BUCKET: Bucket()}
        self.storage.uploads_by_token = self.storage.largest_removal = 0

    def objects(self) -> dict[str, bytes]:
        return {name: stored.data for name, stored in self.storage.buckets[BUCKET].objects.items()}

    def count(self, pattern: str) -> int:
        """Requests that have come."""
        return sum(re.search(pattern, request) is not None for request in self.requests)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._live())
        self._loop.close()

    async def _live(self) -> None:
        self._stopping = asyncio.Event()
        application = web.Application(client_max_size=1 << 30, middlewares=[self._fail])
        application.add_routes(self.storage.routes())
        application.router.add_route("*", "/rest/v1/{path:.*}", self._rest)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            self._ready.set_result(None)
            await self._stopping.wait()
        await runner.cleanup()

    @web.middleware
    async def _fail(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        asked = f"{request.method} {request.path}"
        self.requests.append(asked)
        fault = next(
            (fault for fault in self.faults if fault.times and re.search(fault.pattern, asked)), None
        )
        if fault is None:
            response: web.StreamResponse = await handler(request)
            return response
        fault.times -= 1
        if fault.kind == "status":
            return web.Response(status=fault.status, text="<html>a proxy's own page</html>")
        if fault.kind == "hang":
            await asyncio.sleep(60)
        else:
            await handler(request)
        assert request.transport is not None
        request.transport.abort()
        return web.Response(status=500)

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        """As Supabase's gateway: no key, no answer; the rest is PostgREST's."""
        if "apikey" not in request.headers:
            return web.json_response({"message": "No API key found in request"}, status=401)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        target = f"http://127.0.0.1:{self.cluster.rest_port}/{request.match_info['path']}"
        if request.query_string:
            target += f"?{request.rel_url.raw_query_string}"
        from yarl import URL

        async with self._session.request(
            request.method, URL(target, encoded=True), headers=headers, data=await request.read()
        ) as answer:
            body = await answer.read()
            passed = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
            return web.Response(status=answer.status, body=body, headers=passed)

    def stop(self) -> None:
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(30)
