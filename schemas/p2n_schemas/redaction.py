"""Secrets out of text, in one place: logs, spans, errors and the events that P2N itself writes all pass here.

A secret is found by what is known (`secrets`, the environment's), by its own form (keys, JWTs, signed links), or by
what stands before it (headers, parameters of an address). What merely resembles one stays readable.

Every pattern starts at the beginning of a token only and has bounded repeats, so time grows with the text's length
alone, whatever the text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MARK = "[redacted]"
EMAIL = "[email]"
_SHORTEST_SECRET = 8
_LONGEST_PATTERN = 500
_ROUNDS = 6
_DEPTH = 20
_SHORT = 200
_SHORT_KEPT = 2000
_MARKS = re.compile(r"(\[redacted\]|\[email\])")

# A credential and no word of a sentence: it holds a digit, a change to capitals, or is very long.
_CREDENTIAL = r"(?=\S{0,200}\d|\S{0,200}[a-z][A-Z]|\S{20})"
_START = r"(?<![A-Za-z0-9_-])"
_END = r"(?![A-Za-z0-9_-])"
_SCHEME = r"(?:bearer|basic|token|digest|apikey|negotiate)"
_QUOTED = r"(?P<q>[\"'])(?:(?!(?P=q))[^\r\n\\]|\\.){1,4096}"

_PEM = re.compile(
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{0,8192}(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?"
)
_HEADER_NAME = r"(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|apikey|x-auth-token|x-xsrftoken|_xsrf)"
# 'Authorization': 'token x', ("cookie", "a=b"), b'authorization': b'x': as dicts and lists of headers are printed.
_HEADER_QUOTED = re.compile(
    rf"(?i)(?<![A-Za-z0-9_-])(?P<name>{_HEADER_NAME}[\"']\s{{0,4}}[:,]\s{{0,4}}b?){_QUOTED}(?P=q)?"
)
_AUTHORIZATION = re.compile(
    rf"(?i)(?<![A-Za-z0-9_])(?P<name>(?:proxy-)?authorization\s{{0,2}}[:=]\s{{0,4}}(?:{_SCHEME}\s{{1,4}})?)"
    rf"(?-i:{_CREDENTIAL})[A-Za-z0-9._~+/=:|-]{{6,4096}}"
)
_COOKIE = re.compile(
    r"(?i)(?<![A-Za-z0-9_-])(?P<name>(?:set-)?cookie\s{0,2}:\s{0,4})[^\s=;,\"']{1,128}=[^\r\n]{0,8192}"
)
_BEARER = re.compile(
    rf"(?i)(?<![A-Za-z0-9_-])(?P<name>(?:bearer|basic)\s{{1,4}})(?-i:{_CREDENTIAL})[A-Za-z0-9._~+/=-]{{16,4096}}"
)
_PARAMETER = re.compile(
    r"(?i)(?P<name>[?&;](?:token|sig|signature|x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)"
    r"|access_token|refresh_token|id_token|apikey|api_key|api-key|key|secret|client_secret|password|auth|_xsrf)=)"
    r"[^\s&#;\"'<>\[\]]{1,4096}"
)
_PASSWORD = re.compile(
    r"(?i)(?P<name>(?<![A-Za-z0-9])(?:[a-z0-9]{1,20}[_-]){0,3}[a-z]{0,8}(?:password|passwd|pwd)[\"']?\s{0,2}[=:]\s{0,2}[\"']?)"
    r"(?!(?:none|null|true|false|str|string|password|required|wrong|empty)\b)[^\s\"'&,;<>()\[\]{}]{4,256}"
)
_SETTING = re.compile(
    r"(?i)(?P<name>(?<![A-Za-z0-9])(?:[a-z0-9]{1,20}[_-]){0,4}(?:secret|token|api_?-?key|apikey|role_key|access_key|anon_key"
    r"|private_key)[\"']?\s{0,2}[=:]\s{0,2}[\"']?)"
    rf"(?-i:{_CREDENTIAL})[^\s\"'&,;<>()\[\]{{}}]{{8,4096}}"
)
_TOKEN = re.compile(
    _START + r"(?:"
    r"(?:sk|rk|sess)-(?=[A-Za-z0-9_-]{0,200}\d)(?:(?:proj|svcacct|admin|ant|or|live|test)-[A-Za-z0-9_-]{12,}"
    r"|(?=[A-Za-z0-9_-]{0,100}[A-Za-z0-9]{12})[A-Za-z0-9_-]{16,})"
    r"|(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"
    r"|(?:sk|sess)-[A-Za-z0-9_.-]{0,200}\*{3,}[A-Za-z0-9_.*-]{0,200}"
    r"|sb_(?:secret|publishable)_[A-Za-z0-9_-]{16,}|sbp_[0-9a-f]{30,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{18,}"
    r"|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{50,}"
    r"|xox[abprs]-[A-Za-z0-9-]{20,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}"
    r")" + _END
)
_JWT = re.compile(
    _START + r"eyJ[A-Za-z0-9_-]{7,}\.[A-Za-z0-9_-]{8,}\.(?:[A-Za-z0-9_-]{0,4096}\.){0,2}[A-Za-z0-9_-]{8,}"
)
# A signed link of ours: JSON that begins with `["`, in base64, and a MAC of 32 bytes.
_LINK = re.compile(_START + r"WyJ[A-Za-z0-9_-]{20,4000}\.[A-Za-z0-9_-]{43}" + _END)
_USERINFO = re.compile(
    r"(?P<name>(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/?#@:\"'<>]{0,200}:)[^\s/?#\"'<>\[\]]{1,200}(?=@)"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+/-])(?!git@)[A-Za-z0-9_%+][A-Za-z0-9._%+-]{0,63}@(?=[A-Za-z])"
    r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9_-])"
)
_HOME = re.compile(
    r"(?<![\w.~-])(?:/(?:home|Users)/[^\s/:,;\"'<>|$(){}\[\]*\\]{1,64}|/root(?=/))"
    r"|(?<![\w.~])[A-Za-z]:\\{1,2}Users\\{1,2}[^\s\\/:,;\"'<>|$(){}\[\]*%]{1,64}"
)

# What stands for what was found: `name` is kept, so that a reader sees what was there.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (_PEM, MARK),
    (_HEADER_QUOTED, rf"\g<name>\g<q>{MARK}\g<q>"),
    (_AUTHORIZATION, rf"\g<name>{MARK}"),
    (_COOKIE, rf"\g<name>{MARK}"),
    (_USERINFO, rf"\g<name>{MARK}"),
    (_PARAMETER, rf"\g<name>{MARK}"),
    (_LINK, MARK),
    (_JWT, MARK),
    (_TOKEN, MARK),
    (_BEARER, rf"\g<name>{MARK}"),
    (_PASSWORD, rf"\g<name>{MARK}"),
    (_SETTING, rf"\g<name>{MARK}"),
    (_EMAIL, EMAIL),
    (_HOME, "~"),
)
_SECRET_KEY = re.compile(
    r"(?i)^(?:.*[_-])?(?:authorization|cookie|set-cookie|password|passwd|secret|token|api_?-?key|apikey|_xsrf)$"
)
_SECRET_VARIABLE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|HEADERS)$")


class Redactor:
    """`secrets` are replaced wherever they stand, those of fewer than 8 characters aside; `patterns` are regular
    expressions of an operator's own, for ids say; `home` is shown as `~`. Raises ValueError on a bad pattern."""

    def __init__(self, secrets: Iterable[str] = (), patterns: Iterable[str] = (), home: str = "") -> None:
        known = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        # A longer one first: it may hold a shorter one.
        self._secrets = sorted((secret for secret in known if secret not in MARK), key=len, reverse=True)
        self._patterns = [compiled(pattern) for pattern in patterns]
        self._home = home.rstrip("/")
        # Ids and names come again with every span.
        self._short = functools.lru_cache(maxsize=_SHORT_KEPT)(self._fixed)

    @classmethod
    def of_environment(
        cls, environment: Mapping[str, str], secrets: Iterable[str] = (), patterns: Iterable[str] = ()
    ) -> Redactor:
        """One that knows the secrets among a process's variables, and its home."""
        found = [value for name, value in environment.items() if _SECRET_VARIABLE.search(name.upper())]
        told = [value for value in found if not value.startswith(("/", "~")) and not value.isdecimal()]
        return cls([*secrets, *told], patterns, environment.get("HOME", ""))

    def text(self, text: str) -> str:
        """The text without what is secret in it; the same again for what it gave itself."""
        return self._short(text) if len(text) <= _SHORT else self._fixed(text)

    def _fixed(self, text: str) -> str:
        for _ in range(_ROUNDS):
            clean = self._once(text)
            if clean == text:
                break
            text = clean
        return text

    def value(self, value: Any, depth: int = 0) -> Any:
        """The same within JSON-like data: in keys, and whole where a key says that its value is secret."""
        if isinstance(value, str):
            return self.text(value)
        if depth >= _DEPTH:
            return value if value is None or isinstance(value, bool | int | float) else MARK
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): MARK
                if isinstance(item, str) and item and _SECRET_KEY.match(str(key))
                else self.value(item, depth + 1)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item, depth + 1) for item in value]
        return value

    def _once(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MARK)
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        if len(self._home) > 1 and self._home != "/root":
            text = re.sub(rf"(?<![\w.~-]){re.escape(self._home)}(?![\w.-])", "~", text)
        if self._patterns:
            text = _between_marks(text, self._own)
        return text

    def _own(self, text: str) -> str:
        for pattern in self._patterns:
            text = pattern.sub(MARK, text)
        return text


def compiled(pattern: str) -> re.Pattern[str]:
    """An operator's pattern. Raises ValueError where it is none, is too long, or matches nothing at all."""
    if len(pattern) > _LONGEST_PATTERN:
        raise ValueError(f"longer than {_LONGEST_PATTERN} characters")
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    if found.search("") is not None:
        raise ValueError(f"{pattern!r} matches an empty text, so it would stand between all characters")
    return found


def _between_marks(text: str, change: Callable[[str], str]) -> str:
    parts = _MARKS.split(text)
    return "".join(part if _MARKS.fullmatch(part) else change(part) for part in parts)
