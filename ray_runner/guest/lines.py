"""Bytes of a stream to whole lines: bounded in length and in total, carriage returns folded.

Whole blocks are handled at once wherever no single line needs a look: a million lines take a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Callable

MAX_LINE_BYTES = 8 * 1024
MAX_TOTAL_BYTES = 256 * 1024 * 1024
MAX_TOTAL_LINES = 2_000_000
BATCH_LINES = 256
BATCH_CHARACTERS = 256 * 1024
CUT_MARK = "[output cut here: the run's bound is reached]"
_LONGEST_CHARACTER = 4


class LineSplitter:
    """Keeps at most one line's bound in memory, whatever comes.

    Of a line that a program drew over with carriage returns, the last drawing stays.
    """

    def __init__(self) -> None:
        self._partial = bytearray()
        self._cut = 0
        self._returned = False
        self._drawn = False
        self._shown = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that are whole now."""
        first, newline, rest = data.partition(b"\n")
        self._extend(first)
        if not newline:
            return []
        lines = [self._take()]
        end = rest.rfind(b"\n")
        if end >= 0:
            lines += self._whole(rest[:end])
        self._extend(rest[end + 1 :])
        return lines

    def finish(self) -> list[str]:
        """What stands without a newline, if anything."""
        line = self._take()
        return [line] if line else []

    def drawing(self) -> list[str]:
        """The unfinished line as it looks now, if it is drawn over and has changed since it was last asked for."""
        if not (self._drawn or self._returned) or not self._partial or self._partial == self._shown:
            return []
        self._shown = bytes(self._partial)
        return [self._shown.decode("utf-8", "replace")]

    def _whole(self, block: bytes) -> list[str]:
        block = block.replace(b"\r\n", b"\n")
        if b"\r" not in block:
            lines = block.decode("utf-8", "replace").split("\n")
            bound = MAX_LINE_BYTES if block.isascii() else MAX_LINE_BYTES // _LONGEST_CHARACTER
            if max(map(len, lines)) <= bound:
                return lines
        lines = []
        for piece in block.split(b"\n"):
            self._extend(piece)
            lines.append(self._take())
        return lines

    def _extend(self, piece: bytes) -> None:
        text = piece.rstrip(b"\r")
        if text:
            drawn = text.rfind(b"\r")
            if self._returned or drawn >= 0:
                self._partial.clear()
                self._cut = 0
                self._drawn = True
            kept = text[drawn + 1 :]
            room = MAX_LINE_BYTES - len(self._partial)
            self._partial += kept[:room]
            self._cut += max(len(kept) - room, 0)
            self._returned = False
        # It draws over only once something follows that is no newline.
        self._returned = self._returned or len(piece) > len(text)

    def _take(self) -> str:
        text = self._partial.decode("utf-8", "replace")
        if self._cut:
            text += f" … [{self._cut} bytes more]"
        self._partial.clear()
        self._cut = 0
        self._returned = False
        self._drawn = False
        self._shown = b""
        return text


class OutputBudget:
    """What all streams of a run may send together."""

    def __init__(self, lines: int = MAX_TOTAL_LINES, size: int = MAX_TOTAL_BYTES) -> None:
        self._lines = lines
        self._size = size
        self.exhausted = False

    def take(self, lines: list[str]) -> list[str]:
        """As many of the lines, from the first on, as still fit; once one does not, none does any more."""
        if self.exhausted:
            return []
        size = size_of(lines)
        if len(lines) > self._lines or size > self._size:
            self.exhausted = True
            lines = self._fitting(lines)
            size = size_of(lines)
        self._lines -= len(lines)
        self._size -= size
        return lines

    def _fitting(self, lines: list[str]) -> list[str]:
        size = 0
        for number, line in enumerate(lines[: self._lines]):
            size += size_of([line])
            if size > self._size:
                return lines[:number]
        return lines[: self._lines]


class LineBatcher:
    """Collects lines of one stream; `send(lines, truncated)` gets 1 to 256 of them."""

    def __init__(self, budget: OutputBudget, send: Callable[[list[str], bool], None]) -> None:
        self._budget = budget
        self._send = send
        self._waiting: list[str] = []
        self.sent = 0

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    def add(self, lines: list[str]) -> None:
        """Send what makes whole batches; the rest waits. Where the run's bound is met, all goes, with the mark."""
        if self._budget.exhausted or not lines:
            return
        self._waiting += self._budget.take(lines)
        whole = len(self._waiting) - len(self._waiting) % BATCH_LINES
        for start in range(0, whole, BATCH_LINES):
            self._emit(self._waiting[start : start + BATCH_LINES])
        del self._waiting[:whole]
        if self._budget.exhausted:
            self.flush()
            self.sent += 1
            self._send([CUT_MARK], True)

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._emit(waiting)

    def _emit(self, lines: list[str]) -> None:
        if len(lines) > 1 and sum(map(len, lines)) > BATCH_CHARACTERS:
            half = len(lines) // 2
            self._emit(lines[:half])
            self._emit(lines[half:])
        else:
            self.sent += 1
            self._send(lines, False)


def size_of(lines: list[str]) -> int:
    """Bytes of the lines as UTF-8, without their ends."""
    text = "".join(lines)
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
