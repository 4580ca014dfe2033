"""What a cell shows: numbers and samples for the worker, figures, and bounded outputs for the notebook."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from .frames import FrameWriter

METRIC = "application/vnd.p2n.metric+json"
SAMPLE = "application/vnd.p2n.sample+json"
MAX_FIGURES = 20
MAX_OUTPUT_BYTES = 2 * 1024 * 1024
MAX_STREAM_BYTES = 64 * 1024
MAX_NOTEBOOK_BYTES = 8 * 1024 * 1024


class Display:
    """Looks through display_data and execute_result messages."""

    def __init__(self, frames: FrameWriter) -> None:
        self._frames = frames
        self._figures = 0

    def show(self, data: dict[str, Any]) -> None:
        for mime, kind in ((METRIC, "metric_update"), (SAMPLE, "sample_pred")):
            content = data.get(mime)
            if isinstance(content, str):
                try:
                    content = json.loads(content)
                except ValueError:
                    content = {}
            if isinstance(content, dict):
                self._frames.send(kind, content)
        image = data.get("image/png")
        if isinstance(image, str) and self._figures < MAX_FIGURES:
            try:
                png = base64.b64decode(image)
            except (ValueError, binascii.Error):
                return
            self._figures += 1
            self._frames.send_artifact(f"figure-{self._figures:02d}.png", png)


def bounded_output(output: Any) -> Any:
    """The output, or a note in its place where it is too large for the notebook."""
    size = len(json.dumps(output))
    if size <= MAX_OUTPUT_BYTES:
        return output
    note = f"[an output of {size} bytes was left out]"
    return {"output_type": "stream", "name": "stderr", "text": note + "\n"}


class StreamRecorder:
    """The text of one cell's streams for the notebook, its head only."""

    def __init__(self) -> None:
        self._left = {"stdout": MAX_STREAM_BYTES, "stderr": MAX_STREAM_BYTES}
        self._pending: list[tuple[str, bytearray]] = []

    def add(self, stream: str, data: bytes) -> None:
        room = self._left[stream]
        if room <= 0 or not data:
            return
        kept = data[:room]
        self._left[stream] -= len(data)
        if not self._pending or self._pending[-1][0] != stream:
            self._pending.append((stream, bytearray()))
        self._pending[-1][1].extend(kept)
        if self._left[stream] <= 0:
            self._pending[-1][1].extend(b"\n[the rest stands in logs.txt]\n")

    def take(self) -> list[dict[str, str]]:
        """Notebook outputs for what came since the last call."""
        taken = [
            {"output_type": "stream", "name": stream, "text": text.decode("utf-8", "replace")}
            for stream, text in self._pending
        ]
        self._pending = []
        return taken


def notebook_bytes(notebook: Any) -> bytes:
    """The executed notebook as JSON; outputs are left out, last first, until it fits its bound."""
    data = _dump(notebook)
    for cell in reversed(notebook["cells"]):
        if len(data) <= MAX_NOTEBOOK_BYTES:
            break
        if cell.get("outputs"):
            cell["outputs"] = [
                {
                    "output_type": "stream",
                    "name": "stderr",
                    "text": "[outputs left out: the notebook was too large]\n",
                }
            ]
            data = _dump(notebook)
    return data


def _dump(notebook: Any) -> bytes:
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    return text.encode("utf-8", "replace")
