"""What a cell shows: numbers, samples and figures for the worker, a few lines of the rest, bounded outputs for the
notebook."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from .frames import FrameWriter

METRIC = "application/vnd.p2n.metric+json"
SAMPLE = "application/vnd.p2n.sample+json"
_FRAMES = {METRIC: "metric_update", SAMPLE: "sample_pred"}
_PNG = b"\x89PNG\r\n\x1a\n"
MAX_FIGURES = 20
# Metrics and samples whose outputs stay in the notebook; a series of 100,000 would fill it.
MAX_NOTEBOOK_NUMBERS = 1000
SUMMARY_LINES = 50
_SUMMARY_WIDTH = 2000
_SUMMARY_CHARACTERS = 64 * 1024
_READABLE = ("text/plain", "text/markdown", "text/latex")
# What IPython says of an object that has a better form, which the bundle holds too.
_NO_TEXT = re.compile(r"<IPython\.core\.display\.\w+ object>|<Figure size .*>")
MAX_OUTPUT_BYTES = 2 * 1024 * 1024
MAX_STREAM_BYTES = 64 * 1024
MAX_NOTEBOOK_BYTES = 8 * 1024 * 1024


class Display:
    """Looks through display_data and execute_result messages.

    Metrics, samples and figures go to the worker as such; of everything else `tell` gets a few lines of text.
    """

    def __init__(self, frames: FrameWriter, tell: Callable[[list[str]], None]) -> None:
        self._frames = frames
        self._tell = tell
        self._figures = 0
        self._numbers = 0

    def show(self, data: dict[str, Any]) -> bool:
        """Whether the notebook shall keep the output: of a series it keeps the head, metrics.json has them all."""
        found = [(kind, data[mime]) for mime, kind in _FRAMES.items() if mime in data]
        for kind, content in found:
            self._frames.send(kind, _object(content))
        self._numbers += len(found)
        if "image/png" in data:
            self._tell([self._figure(data["image/png"])])
        elif not found:
            self._tell(summary(data))
        return not found or self._numbers <= MAX_NOTEBOOK_NUMBERS

    def _figure(self, image: Any) -> str:
        try:
            png = base64.b64decode(image)
        except (ValueError, TypeError):
            png = b""
        if not png.startswith(_PNG):
            return "[image/png that can't be read]"
        shown = f"[image/png, {_size(len(png))}"
        self._figures += 1
        if self._figures <= MAX_FIGURES:
            name = f"figure-{self._figures:02d}.png"
            self._frames.send_artifact(name, png)
            return f"{shown} → {name}]"
        if self._figures == MAX_FIGURES + 1:
            return f"{shown}, not kept: a run keeps {MAX_FIGURES} figures, and so for all that follow]"
        return f"{shown}]"


def summary(data: dict[str, Any]) -> list[str]:
    """A mime bundle in words: its text where it has any that says something, else what it is and how large."""
    for mime in _READABLE:
        text = data.get(mime)
        if isinstance(text, str) and text and not _NO_TEXT.fullmatch(text):
            lines = text[:_SUMMARY_CHARACTERS].split("\n")
            shown = [line[:_SUMMARY_WIDTH] for line in lines[:SUMMARY_LINES]]
            more = text.count("\n") + 1 - len(shown)
            return [*shown, f"[{more} lines more]"] if more else shown
    shown = [f"[{mime[:100]}, {_size(len(str(data[mime])))}]" for mime in data if mime not in _READABLE]
    return shown[:SUMMARY_LINES]


def _object(content: Any) -> dict[str, Any]:
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except ValueError:
            content = None
    # The worker says what is wrong with an empty one.
    return content if isinstance(content, dict) else {}


def _size(count: int) -> str:
    return f"{count} bytes" if count < 1000 else f"{count / 1000:.1f} kB"


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
