"""Whether pictures of pages are recognised, and what has been recognised: no picture is read twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from .ocr_engine import Mode
from .process import Bounds, run_job

KEPT_BYTES = 16 * 1024 * 1024

# a file's path, size and time of change
Identity = tuple[str, int, int]


class Recognition:
    """Runs PDF jobs with text recognition as set; one instance may serve several clients of the worker."""

    share_of_time = 0.75
    """of a job's time; the rest is for all else that is done with the pages"""

    def __init__(self, mode: Mode = "auto", kept_bytes: int = KEPT_BYTES) -> None:
        self.mode = mode
        self._kept: OrderedDict[Identity, dict[int, str]] = OrderedDict()
        self._bytes = kept_bytes

    async def run(
        self, module: str, job: str, pdf: Path, options: dict[str, Any], bounds: Bounds
    ) -> AsyncGenerator[dict[str, Any], None]:
        """As `run_job`; what was recognised is kept and given to the next job on the same file."""
        who = await asyncio.to_thread(_identity, pdf)
        known = self._kept.get(who, {})
        more = {"ocr": self.mode, "ocr_seconds": self.share_of_time * bounds.seconds, "recognised": known}
        async with contextlib.aclosing(run_job(module, job, pdf, options | more, bounds)) as messages:
            async for message in messages:
                if "recognised" in message:
                    self._keep(who, int(message["recognised"]), str(message["words"]))
                else:
                    yield message

    def _keep(self, who: Identity, page: int, words: str) -> None:
        self._kept.setdefault(who, {})[page] = words
        self._kept.move_to_end(who)
        while sum(len(w) for pages in self._kept.values() for w in pages.values()) > self._bytes:
            self._kept.popitem(last=False)


def _identity(pdf: Path) -> Identity:
    try:
        about = pdf.stat()
    except OSError:
        return str(pdf), 0, 0
    return str(pdf), about.st_size, about.st_mtime_ns
