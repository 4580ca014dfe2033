"""Bytes of a stream to whole lines: bounded in length and in total, carriage returns folded."""

from __future__ import annotations

from collections.abc import Callable

MAX_LINE_BYTES = 8 * 1024
MAX_TOTAL_BYTES = 64 * 1024 * 1024
MAX_TOTAL_LINES = 200_000
BATCH_LINES = 256
BATCH_BYTES = 256 * 1024


class LineSplitter:
    """Keeps at most one line's bound in memory, whatever comes.

    Of a line that a program drew over with carriage returns, the last drawing stays.
    """

    def __init__(self) -> None:
        self._partial = bytearray()
        self._cut = 0

    def feed(self, data: bytes) -> list[str]:
        """The lines that are whole now."""
        *whole, rest = data.split(b"\n")
        lines = []
        for piece in whole:
            self._extend(piece)
            lines.append(self._take())
        self._extend(rest)
        return lines

    def finish(self) -> list[str]:
        """What stands without a newline, if anything."""
        return [self._take()] if self._partial or self._cut else []

    def _extend(self, piece: bytes) -> None:
        drawn = piece.rfind(b"\r", 0, len(piece) - 1)
        if self._partial.endswith(b"\r") and piece:
            self._partial.clear()
            self._cut = 0
        if drawn >= 0:
            self._partial.clear()
            self._cut = 0
            piece = piece[drawn + 1 :]
        room = MAX_LINE_BYTES - len(self._partial)
        self._partial += piece[:room]
        if len(piece) > room:
            self._cut += len(piece) - room
            # The last byte decides whether the next piece draws over this one.
            if piece.endswith(b"\r"):
                self._partial[-1:] = b"\r"

    def _take(self) -> str:
        text = self._partial.rstrip(b"\r").decode("utf-8", "replace")
        if self._cut:
            text += f" … [{self._cut} bytes more]"
        self._partial.clear()
        self._cut = 0
        return text


class OutputBudget:
    """What all streams of a run may send together."""

    def __init__(self, lines: int = MAX_TOTAL_LINES, size: int = MAX_TOTAL_BYTES) -> None:
        self._lines = lines
        self._size = size
        self.exhausted = False

    def allow(self, line: str) -> bool:
        self._lines -= 1
        self._size -= len(line)
        if self._lines < 0 or self._size < 0:
            self.exhausted = True
        return not self.exhausted


class LineBatcher:
    """Collects lines of one stream; `send(lines, truncated)` gets 1 to 256 of them."""

    def __init__(self, budget: OutputBudget, send: Callable[[list[str], bool], None]) -> None:
        self._budget = budget
        self._send = send
        self._lines: list[str] = []
        self._size = 0
        self._closed = False

    @property
    def waiting(self) -> bool:
        return bool(self._lines)

    def add(self, lines: list[str]) -> None:
        for line in lines:
            if self._closed:
                return
            if not self._budget.allow(line):
                self._closed = True
                self._lines.append("[output cut here: the run's bound is reached]")
                self._emit(truncated=True)
                return
            self._lines.append(line)
            self._size += len(line)
            if len(self._lines) >= BATCH_LINES or self._size >= BATCH_BYTES:
                self._emit()

    def flush(self) -> None:
        if self._lines:
            self._emit()

    def _emit(self, truncated: bool = False) -> None:
        self._send(self._lines, truncated)
        self._lines = []
        self._size = 0
