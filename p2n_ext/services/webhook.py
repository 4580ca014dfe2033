"""Telling another program that a run has ended: at least once, and never in a run's way.

What is to be told is kept in the database by the very transaction that ends the run, so that no crash loses it;
the delivery's id lets who is told twice see it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
import ssl
import urllib.request
from urllib.parse import unquote, urlsplit

import httpcore

from p2n_schemas.api import WebhookBody

from ..protocols import Database, Delivery

MAX_ATTEMPTS = 12
_ATTEMPT_SECONDS = 15.0
# Longer than an attempt can take, so that two servers on one database do not tell the same end at once.
_LEASE_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 600.0
# Another process (the command line) may have left something to tell.
_LOOK_SECONDS = 15.0
_CLOSE_SECONDS = 3.0
_AGAIN = (408, 425, 429)

_log = logging.getLogger(__name__)


def signature(secret: str, body: bytes) -> str:
    """The value of X-P2N-Signature: `sha256=` and the HMAC-SHA256 of the body in hex (RFC 2104)."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def pause_seconds(attempts: int) -> float:
    """Before the next attempt: 1 s, doubled each time, at most 10 minutes; about half an hour in all."""
    return float(min(2 ** (attempts - 1), _LONGEST_PAUSE_SECONDS))


class Webhook:
    """Works once woken, one delivery at a time, until closed."""

    def __init__(self, database: Database, url: str, secret: str = "") -> None:
        self._database = database
        self._url = url
        self._secret = secret
        self._awake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def wake(self, _run_id: str = "") -> None:
        """Something may be there to tell; at a server's start, what an earlier one left."""
        self._awake.set()
        if self._task is None and not self._closing:
            self._task = asyncio.create_task(self._work(), name="p2n-webhook")

    async def close(self) -> None:
        """What is due is told first, for some seconds; the rest stays kept for the next server."""
        self._closing = True
        if self._task is not None:
            self._awake.set()
            await asyncio.wait([self._task], timeout=_CLOSE_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            self._awake.clear()
            pause = _LOOK_SECONDS
            try:
                while due := await self._database.claim_deliveries(_LEASE_SECONDS, 1):
                    await self._tell(due[0])
                pause = min(await self._database.seconds_to_delivery() or pause, pause)
            except Exception:
                _log.exception("the webhook's deliveries could not be looked up; they are kept")
            if self._closing:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), pause)

    async def _tell(self, delivery: Delivery) -> None:
        body = WebhookBody(delivery_id=delivery.id, run=delivery.run).model_dump_json().encode()
        attempts = delivery.attempts + 1
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                status = await self._post(delivery.id, body)
            outcome, again = f"HTTP {status}", status >= 500 or status in _AGAIN
            done = 200 <= status < 300
        except Exception as error:
            # Its words may hold the address, and addresses of webhooks are secrets.
            outcome, again, done = type(error).__name__, True, False
        if done:
            await self._database.drop_delivery(delivery.id)
        elif again and attempts < MAX_ATTEMPTS:
            pause = pause_seconds(attempts)
            _log.warning("webhook %s: %s, told again in %.0f s", delivery.id, outcome, pause)
            await self._database.postpone_delivery(delivery.id, pause)
        else:
            _log.error("webhook %s: %s, given up after %d attempts", delivery.id, outcome, attempts)
            await self._database.drop_delivery(delivery.id)

    async def _post(self, delivery_id: str, body: bytes) -> int:
        """The status of the answer; a redirect is an answer and is not followed."""
        headers = {
            "Host": urlsplit(self._url).netloc.rpartition("@")[2],
            "Content-Type": "application/json",
            "User-Agent": "p2n",
            "X-P2N-Event": "run.ended",
            "X-P2N-Delivery": delivery_id,
        }
        if self._secret:
            headers["X-P2N-Signature"] = signature(self._secret, body)
        async with (
            self._pool() as pool,
            pool.stream("POST", self._url, headers=list(headers.items()), content=body) as response,
        ):
            return response.status

    def _pool(self) -> httpcore.AsyncConnectionPool:
        context = ssl.create_default_context()
        parts = urlsplit(self._url)
        proxy = urllib.request.getproxies().get(parts.scheme)
        if not proxy or urllib.request.proxy_bypass(parts.hostname or ""):
            return httpcore.AsyncConnectionPool(ssl_context=context)
        way = urlsplit(proxy)
        login = (unquote(way.username), unquote(way.password or "")) if way.username else None
        return httpcore.AsyncHTTPProxy(
            proxy_url=f"{way.scheme or 'http'}://{way.hostname}:{way.port or 80}",
            proxy_auth=login,
            ssl_context=context,
        )
