"""One answer of a model, as it is written."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal

from p2n_schemas.errors import P2NError
from p2n_schemas.model_calls import Agent

from .client import LONGEST_WAIT, OpenAIClient
from .faults import Fault, ModelFault, from_code, unavailable
from .request import Request
from .spending import Call, Outcome, Spending, Usage

MAX_CHARACTERS = 400_000
BATCH_SECONDS = 0.05
BATCH_CHARACTERS = 512
ATTEMPTS = 4


@dataclass(frozen=True)
class Text:
    """A batch of what the model writes."""

    text: str


@dataclass(frozen=True)
class Searched:
    queries: tuple[str, ...]


@dataclass(frozen=True)
class Again:
    """What came before was cut off; the answer begins anew."""

    error: P2NError


@dataclass(frozen=True)
class Ended:
    """How an answer ended; `refusal` has the model's words."""

    how: Literal["completed", "cut_off", "filtered", "refused", "too_long"]
    text: str
    refusal: str = ""


Piece = Text | Searched | Again | Ended


async def answer(
    client: OpenAIClient, spending: Spending, paper_id: str, agent: Agent, request: Request, deadline: float
) -> AsyncGenerator[Piece, None]:
    """Text and searches as they come, then `Ended`. `deadline` is of time.monotonic.

    Busy providers, broken connections and cut streams are tried again, each try within the spending cap.
    Raises P2NError E_MODEL_UNAVAILABLE, E_MODEL_REJECTED, E_MODEL_NOT_CONFIGURED, E_POLICY_CAP_EXCEEDED.
    """
    attempt = 1
    while True:
        try:
            async with contextlib.aclosing(
                _once(client, spending, paper_id, agent, request, deadline)
            ) as pieces:
                async for piece in pieces:
                    yield piece
            return
        except ModelFault as failed:
            fault = failed.fault
        if fault.param and (other := request.leaving_out(fault.param)):
            request = other
            continue
        left = deadline - time.monotonic()
        if (
            not fault.again
            or attempt >= ATTEMPTS
            or left <= 0
            or not await client.pause(fault, attempt, min(LONGEST_WAIT, left))
        ):
            raise fault.error
        attempt += 1
        yield Again(fault.error)


async def _once(
    client: OpenAIClient, spending: Spending, paper_id: str, agent: Agent, request: Request, deadline: float
) -> AsyncGenerator[Piece, None]:
    """One try. Raises ModelFault, and P2NError of the cap."""
    sdk = await client.sdk()
    call = await spending.open(paper_id, agent, request.bound())
    heard = _Heard()
    free = False
    stream: Any = None
    try:
        async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
            stream = await sdk.responses.create(**request.body())
        async with contextlib.aclosing(_batched(aiter(stream), deadline)) as events:
            async for event in events:
                if (event is None or heard.due) and (text := heard.batch()):
                    yield Text(text)
                if event is None:
                    continue
                for piece in heard.hear(event):
                    yield piece
                if heard.ended:
                    break
        if text := heard.batch():
            yield Text(text)
        if heard.ended is None:
            raise ModelFault(unavailable("The provider's answer broke off before its end."))
        yield heard.ended
    except TimeoutError:
        raise ModelFault(
            Fault(unavailable("The model did not answer in the time of a reading.").error)
        ) from None
    except (P2NError, ModelFault, GeneratorExit):
        raise
    except Exception as error:
        fault = client.fault(error)
        free = not fault.sent and stream is None
        raise ModelFault(fault) from None
    finally:
        if stream is not None:
            with contextlib.suppress(Exception):
                await stream.close()
        await heard.settle(call, free)


async def _batched(events: Any, deadline: float) -> AsyncGenerator[Any, None]:
    """Events, and None whenever none came for a moment. Raises TimeoutError at the deadline."""
    coming: asyncio.Task[Any] | None = None
    try:
        while True:
            if coming is None:
                coming = asyncio.ensure_future(anext(events, _END))
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            done, _ = await asyncio.wait({coming}, timeout=min(left, BATCH_SECONDS))
            if not done:
                yield None
                continue
            event, coming = coming.result(), None
            if event is _END:
                return
            yield event
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


_END = object()


class _Heard:
    """What the events of one answer say, of whichever version of the SDK they are."""

    def __init__(self) -> None:
        self.ended: Ended | None = None
        self._outcome: Outcome = "failed"
        self._text: list[str] = []
        self._unsent: list[str] = []
        self._since = 0.0
        self._characters = 0
        self._refusal = ""
        self._searches = 0
        self._usage: Usage | None = None
        self._response_id: str | None = None

    @property
    def due(self) -> bool:
        """Whether there is text to pass on now."""
        long = sum(map(len, self._unsent)) >= BATCH_CHARACTERS
        return bool(self._unsent) and (long or time.monotonic() - self._since >= BATCH_SECONDS)

    def batch(self) -> str:
        text, self._unsent = "".join(self._unsent), []
        return text

    def hear(self, event: Any) -> list[Piece]:
        """What an event brings; sets `ended` with the last. Raises ModelFault."""
        kind = str(getattr(event, "type", ""))
        if kind == "response.output_text.delta":
            self._write(str(getattr(event, "delta", "") or ""))
        elif kind == "response.refusal.delta":
            self._refusal = (self._refusal + str(getattr(event, "delta", "") or ""))[:2000]
        elif kind == "response.output_item.done":
            return self._item(getattr(event, "item", None))
        elif kind in ("response.created", "response.in_progress"):
            self._response_id = _id(getattr(event, "response", None)) or self._response_id
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self._end(kind, getattr(event, "response", None))
        elif kind == "error":
            raise ModelFault(from_code(str(getattr(event, "code", "") or ""), ""))
        return []

    def _write(self, text: str) -> None:
        if not self._unsent:
            self._since = time.monotonic()
        self._text.append(text)
        self._unsent.append(text)
        self._characters += len(text)
        if self._characters > MAX_CHARACTERS:
            self.ended = Ended("too_long", "")

    def _item(self, item: Any) -> list[Piece]:
        if getattr(item, "type", None) != "file_search_call":
            return []
        self._searches += 1
        queries = getattr(item, "queries", None) or []
        return [Searched(tuple(str(q)[:200] for q in queries[:8]))]

    def _end(self, kind: str, response: Any) -> None:
        self._usage = Usage.of(response)
        self._response_id = _id(response) or self._response_id
        text = "".join(self._text)
        if response is None:
            raise ModelFault(unavailable("The provider's answer ended without a response."))
        if kind == "response.failed":
            error = getattr(response, "error", None)
            raise ModelFault(from_code(str(getattr(error, "code", "") or ""), ""))
        if kind == "response.incomplete":
            reason = getattr(getattr(response, "incomplete_details", None), "reason", None)
            self.ended = Ended("filtered" if reason == "content_filter" else "cut_off", text)
            self._outcome = "incomplete"
        elif self._refusal:
            self.ended = Ended("refused", text, self._refusal)
            self._outcome = "refused"
        else:
            self.ended = Ended("completed", text)
            self._outcome = "completed"

    async def settle(self, call: Call, free: bool) -> None:
        await call.close(self._outcome, self._usage, self._searches, self._response_id, free=free)


def _id(response: Any) -> str | None:
    found = getattr(response, "id", None)
    return found[:200] if isinstance(found, str) else None
