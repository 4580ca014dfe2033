"""`ChildInspector`: looks into uploaded files in child processes, each bound in time, memory and output."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from p2n_schemas.datasets import DataFile
from p2n_schemas.errors import ErrorCode, P2NError

_WORKER = "p2n_ext.catalog.uploads.worker"
_ANSWER_BYTES = 32_000_000
_AT_ONCE = 2
_FILES: TypeAdapter[list[DataFile]] = TypeAdapter(list[DataFile])


class ChildInspector:
    """Implements `protocols.DatasetInspector`."""

    def __init__(self, seconds: float = 120.0, memory_mib: int = 1024) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_mib * 1024**2
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def inspect(self, path: Path, filename: str) -> list[DataFile]:
        """The csv and parquet files of an upload. Raises E_DATASET_INVALID, E_DATASET_TOO_LARGE."""
        request = {
            "path": str(path.absolute()),
            "filename": filename,
            "memory_bytes": self._memory_bytes,
            "seconds": self._seconds,
        }
        async with self._slots:
            answer = await self._ask(json.dumps(request).encode() + b"\n")
        try:
            message = json.loads(answer)
            if "refused" in message:
                raise refused(str(message["refused"])[:500], bool(message["too_large"]))
            return _FILES.validate_python(message["result"]["files"])
        except (ValueError, KeyError, TypeError, ValidationError):
            raise refused("looking into it broke the reader") from None

    async def _ask(self, request: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            _WORKER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with contextlib.suppress(ConnectionError):
                process.stdin.write(request)
                await process.stdin.drain()
                process.stdin.close()
            async with asyncio.timeout(self._seconds):
                answer = b""
                while block := await process.stdout.read(1 << 16):
                    answer += block
                    if len(answer) > _ANSWER_BYTES:
                        raise refused("it has more columns and files than are taken", too_large=True)
                return answer
        except TimeoutError:
            raise refused(f"looking into it took over {self._seconds:g} s", too_large=True) from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            # shielded, so that a second cancel leaves no zombie behind
            await asyncio.shield(process.wait())


def refused(reason: str, too_large: bool = False) -> P2NError:
    if too_large:
        return P2NError(
            ErrorCode.E_DATASET_TOO_LARGE,
            f"This file is not taken: {reason}.",
            "Upload a part of the data, or fewer columns and files.",
        )
    return P2NError(
        ErrorCode.E_DATASET_INVALID,
        f"This file is not taken: {reason}.",
        "Upload a UTF-8 csv with a first line of column names, a flat parquet file, or a zip of such files.",
    )


def _environment() -> dict[str, str]:
    """Only what the interpreter needs: no secret of the server's environment reaches a process that reads uploads."""
    import p2n_schemas

    roots = {str(Path(__file__).resolve().parents[3]), str(Path(p2n_schemas.__file__).resolve().parents[1])}
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")}
    return kept | {"PYTHONPATH": os.pathsep.join(sorted(roots)), "PYTHONIOENCODING": "utf-8"}
