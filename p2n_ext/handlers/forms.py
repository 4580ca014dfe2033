"""Reading a multipart form as it comes: its file goes to disk piece by piece and is never held whole (RFC 7578)."""

from __future__ import annotations

from email.message import Message
from pathlib import Path
from typing import BinaryIO

from p2n_schemas.errors import ErrorCode, P2NError

_MAX_HEADER = 8192
_MAX_FIELD = 4096
_MAX_PARTS = 20


class FormReader:
    """Feed it the body's pieces, then `finish`. The part `file` goes to `target`, small parts into `fields`.

    Every method but `close` raises E_BAD_REQUEST where the body is no such form.
    """

    def __init__(self, content_type: str, target: Path) -> None:
        message = Message()
        message["Content-Type"] = content_type
        boundary = message.get_boundary()
        if message.get_content_type() != "multipart/form-data" or not boundary or len(boundary) > 200:
            raise _bad("It is not multipart/form-data with a boundary.")
        self._mark = b"\r\n--" + boundary.encode()
        # the first boundary has no line break before it
        self._held = b"\r\n"
        self._target = target
        self._file: BinaryIO | None = None
        self._field: str | None = None
        self._in_headers = self._ended = False
        self._parts = 0
        self._value = b""
        self.fields: dict[str, str] = {}
        self.filename: str | None = None

    def feed(self, data: bytes) -> None:
        self._held += data
        while not self._ended:
            if self._in_headers:
                end = self._held.find(b"\r\n\r\n")
                if end < 0:
                    if len(self._held) > _MAX_HEADER:
                        raise _bad("A part's headers are too long.")
                    return
                self._open_part(self._held[:end])
                self._held = self._held[end + 4 :]
                self._in_headers = False
            at = self._held.find(self._mark)
            if at < 0:
                # a boundary may be cut in two between pieces
                keep = len(self._mark) + 1
                self._take(self._held[:-keep])
                self._held = self._held[-keep:]
                return
            after = self._held[at + len(self._mark) : at + len(self._mark) + 2]
            if len(after) < 2:
                return
            self._take(self._held[:at])
            self._close_part()
            self._held = self._held[at + len(self._mark) :]
            if after == b"--":
                self._ended = True
            elif after == b"\r\n":
                self._in_headers = True
            else:
                raise _bad("Something stands behind a boundary.")

    def finish(self) -> str:
        """The file's name."""
        if not self._ended:
            raise _bad("The form ends too early.")
        if self.filename is None:
            raise P2NError(
                ErrorCode.E_BAD_REQUEST,
                'The form has no file in its field "file".',
                'Send the data as multipart/form-data in the field "file"; name, licence and source are optional.',
            )
        return self.filename

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open_part(self, head: bytes) -> None:
        self._parts += 1
        if self._parts > _MAX_PARTS:
            raise _bad("The form has too many parts.")
        message = Message()
        for line in head.decode(errors="replace").split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                message[name.strip()] = value.strip()
        field = message.get_param("name", header="Content-Disposition")
        filename = message.get_filename()
        if field == "file" and filename is not None:
            if self.filename is not None:
                raise _bad("The form has two files.")
            self.filename = filename or "data"
            self._file = self._target.open("wb")
        elif isinstance(field, str):
            self._field, self._value = field, b""

    def _take(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)
        elif self._field is not None:
            self._value += data
            if len(self._value) > _MAX_FIELD:
                raise _bad(f"The field {self._field!r} is too long.")

    def _close_part(self) -> None:
        self.close()
        if self._field is not None:
            self.fields[self._field] = self._value.decode(errors="replace")
            self._field = None


def _bad(what: str) -> P2NError:
    return P2NError(
        ErrorCode.E_BAD_REQUEST, f"The form can't be read. {what}", "Send the file as multipart/form-data."
    )
