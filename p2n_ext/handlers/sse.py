"""Server-sent events (WHATWG HTML, section 9.2) that survive proxies."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tornado.iostream import StreamClosedError

from .base import P2NHandler, whole_number

_MAX_SEQ = 2**53
_HELLO = b"retry: 2000\n: open\n\n"


class EventStreamHandler(P2NHandler):
    _gone = False

    def on_connection_close(self) -> None:
        self._gone = True
        super().on_connection_close()

    def is_gone(self) -> bool:
        return self._gone

    def last_seen(self) -> int:
        """The last event that the client has: `?after=`, or what its browser sends by itself. Raises E_VALIDATION."""
        after = whole_number(self, "after", 0, 0, _MAX_SEQ)
        known = self.request.headers.get("Last-Event-ID", "")
        if known.isascii() and known.isdigit() and len(known) < 17:
            after = max(after, int(known))
        return after

    async def stream(self, frames: AsyncIterator[bytes]) -> None:
        """Write frames as the client takes them; ends when they end or the client leaves."""
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("Cache-Control", "no-cache, no-transform")
        self.set_header("X-Accel-Buffering", "no")
        # Where the server compresses, a compressed stream would be held back until it is large enough.
        self.set_header("Content-Encoding", "identity")
        try:
            with self.services.telemetry.viewer():
                # Buffering proxies hold even the head until the body has begun.
                self.write(_HELLO)
                await self.flush()
                async for blob in frames:
                    self.write(blob)
                    await self.flush()
        except StreamClosedError:
            return
        finally:
            closing = getattr(frames, "aclose", None)
            if closing is not None:
                await closing()
        self.finish(set_content_type="text/event-stream; charset=utf-8")
