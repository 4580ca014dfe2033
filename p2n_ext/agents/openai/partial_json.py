"""The claims of an answer while it is still being written."""

from __future__ import annotations

import json

from pydantic import ValidationError

from .answer_schema import Proposal

_LONGEST_OBJECT = 20_000


class ClaimsParser:
    """Fed with pieces of the answer's text; gives each object of the outer array once its brace closes.

    What is malformed gives nothing here: the whole answer is checked at its end.
    """

    def __init__(self) -> None:
        self._stack: list[str] = []
        self._object: list[str] | None = None
        self._in_string = False
        self._escaped = False
        self._broken = False

    def feed(self, text: str) -> list[Proposal]:
        found: list[Proposal] = []
        for char in text:
            if self._broken:
                break
            if self._object is not None:
                self._object.append(char)
                self._broken = len(self._object) > _LONGEST_OBJECT
            if self._in_string:
                self._string(char)
            elif char == '"' and self._stack:
                self._in_string = True
            elif char in "{[" and (char == "{" or self._stack):
                if char == "{" and self._stack == ["{", "["]:
                    self._object = [char]
                self._stack.append(char)
                self._broken = len(self._stack) > 20
            elif char in "}]" and self._stack:
                found.extend(self._close(char))
        return found

    def _string(self, char: str) -> None:
        if self._escaped:
            self._escaped = False
        elif char == "\\":
            self._escaped = True
        elif char == '"':
            self._in_string = False

    def _close(self, char: str) -> list[Proposal]:
        if self._stack.pop() != {"}": "{", "]": "["}[char]:
            self._broken = True
            return []
        if self._object is None or self._stack != ["{", "["]:
            return []
        text, self._object = "".join(self._object), None
        try:
            return [Proposal.model_validate(json.loads(text))]
        except (ValueError, ValidationError, RecursionError):
            return []
