"""Frames to the worker: one JSON object a line on a file descriptor that only the driver holds."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

_ARTIFACT_PIECE = 192 * 1024


class FrameWriter:
    """Writes frames whole. A reader that is slow slows the writer, and through its pipes the notebook."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, kind: str, payload: dict[str, Any]) -> None:
        # ensure_ascii also carries lone surrogates across, which the worker then replaces or refuses.
        line = json.dumps({"type": kind, "payload": payload}, separators=(",", ":")).encode() + b"\n"
        view = memoryview(line)
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
