"""Frames to the worker: one JSON object a line on a file descriptor that only the driver holds."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
from typing import Any

_ARTIFACT_PIECE = 192 * 1024
_PIPE_BYTES = 1 << 20


class FrameWriter:
    """Writes frames whole. A reader that is slow slows the writer, and through its pipes the notebook."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        # Refused by some sandboxes; then the pipe is just smaller.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def send(self, kind: str, payload: dict[str, Any]) -> None:
        text = self._encode({"type": kind, "payload": payload})
        # A lone surrogate is no character: nothing that is told can hold it.
        view = memoryview(text.encode("utf-8", "replace") + b"\n")
        while view:
            view = view[os.write(self._descriptor, view) :]

    def send_artifact(self, name: str, data: bytes) -> None:
        """A file in pieces; the last one is marked."""
        for start in range(0, max(len(data), 1), _ARTIFACT_PIECE):
            piece = data[start : start + _ARTIFACT_PIECE]
            last = start + _ARTIFACT_PIECE >= len(data)
            self.send(
                "artifact", {"name": name, "data": base64.b64encode(piece).decode("ascii"), "last": last}
            )
