"""Running the PDF worker: a process of its own with bounded time, memory and output, killed on cancel."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2n_schemas.errors import ErrorCode

from .failures import failure

LINE_BYTES = 16 * 1024 * 1024


KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TESSDATA_PREFIX")
JOBS_AT_ONCE = 2
"""Each may take its whole memory, so a click on every claim's picture must not start a process for each."""


@dataclass(frozen=True)
class Bounds:
    """What a job on one PDF may use: wall seconds, bytes of memory, bytes of output."""

    seconds: float = 120.0
    memory_bytes: int = 2 * 1024**3
    output_bytes: int = 64 * 1024 * 1024


async def run_job(
    module: str, job: str, pdf: Path, options: dict[str, Any], bounds: Bounds
) -> AsyncGenerator[dict[str, Any], None]:
    """The messages of a worker module's job, as they come.

    Raises P2NError: the code the worker names, E_PDF_TIMEOUT past the time, E_PDF_DAMAGED where the worker dies;
    FileNotFoundError where there is no such file.
    """
    if not await asyncio.to_thread(pdf.is_file):
        raise FileNotFoundError(pdf)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + bounds.seconds
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=LINE_BYTES,
        env=_environment(),
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    request = {
        "job": job,
        "pdf": str(pdf.resolve()),
        "options": options,
        "memory_bytes": bounds.memory_bytes,
        "seconds": bounds.seconds,
    }
    size = 0
    complete = False
    asking: asyncio.Task[None] | None = None
    try:
        asking = asyncio.create_task(_ask(process.stdin, request))
        while True:
            left = deadline - loop.time()
            try:
                line = await asyncio.wait_for(process.stdout.readline(), max(left, 0.001))
            except TimeoutError:
                raise failure(ErrorCode.E_PDF_TIMEOUT, {"seconds": bounds.seconds}) from None
            except ValueError:
                raise failure(
                    ErrorCode.E_PDF_DAMAGED, {"reason": "a line of output beyond its bound"}
                ) from None
            if not line:
                break
            size += len(line)
            if size > bounds.output_bytes:
                raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "more output than allowed"})
            message = _message(line)
            if "error" in message:
                raise _named(message)
            complete = complete or "result" in message
            yield message
        if not complete:
            raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "reader_died"})
    finally:
        if asking is not None:
            asking.cancel()
        await _end(process)


async def _ask(stdin: asyncio.StreamWriter, request: dict[str, Any]) -> None:
    """Beside the reading of answers: what was recognised before may be larger than a pipe holds."""
    with contextlib.suppress(ConnectionError):
        stdin.write(json.dumps(request).encode() + b"\n")
        await stdin.drain()
        stdin.close()


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "unreadable output"}) from None
    if not isinstance(message, dict):
        raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "unreadable output"})
    return message


def _named(message: dict[str, Any]) -> Exception:
    kind = str(message.get("kind", ""))[:80]
    reason = str(message.get("reason", ""))[:40]
    detail = {"reason": reason} if reason else {"kind": kind} if kind != "Refused" else None
    try:
        return failure(ErrorCode(message["error"]), detail)
    except (ValueError, KeyError):
        return failure(ErrorCode.E_PDF_DAMAGED, {"kind": kind})


async def _end(process: asyncio.subprocess.Process) -> None:
    # the whole group: what the worker started must not outlive it, and it may have died first
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    # shielded, so that a second cancel leaves no zombie behind
    await asyncio.shield(process.wait())


def _environment() -> dict[str, str]:
    """Only what the interpreter needs: no secret of the server's environment reaches a process that reads PDFs."""
    import p2n_schemas

    roots = {str(Path(__file__).resolve().parents[2]), str(Path(p2n_schemas.__file__).resolve().parents[1])}
    kept = {k: v for k, v in os.environ.items() if k in KEPT}
    return kept | {"PYTHONPATH": os.pathsep.join(sorted(roots)), "PYTHONIOENCODING": "utf-8"}
