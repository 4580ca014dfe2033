"""Signed tokens for files: who holds one may read one object until it ends, and nothing else."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from p2n_schemas.errors import ErrorCode, P2NError


@dataclass(frozen=True)
class SignedObject:
    key: str
    filename: str
    content_type: str
    expires: float


def load_secret(path: Path) -> bytes:
    """The signing secret of this data folder, made on first use, readable by its owner only."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(secrets.token_bytes(32))
    try:
        # link() fails where another process was faster: then its secret is the one.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()


class Signer:
    """HMAC-SHA256 over key, filename, type and end of life (RFC 2104)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, key: str, filename: str, content_type: str, seconds: float) -> str:
        body = json.dumps([key, filename, content_type, round(time.time() + seconds, 3)]).encode()
        return f"{_encode(body)}.{_encode(self._mac(body))}"

    def open(self, token: str) -> SignedObject:
        """Raises E_SIGNATURE_INVALID, E_SIGNATURE_EXPIRED."""
        try:
            body, mac = (_decode(part) for part in token.split("."))
        except (ValueError, binascii.Error):
            raise _invalid() from None
        if not hmac.compare_digest(mac, self._mac(body)):
            raise _invalid()
        key, filename, content_type, expires = json.loads(body)
        if expires < time.time():
            raise P2NError(
                ErrorCode.E_SIGNATURE_EXPIRED,
                "This link has ended.",
                "Ask for the list of files again: it gives fresh links.",
            )
        return SignedObject(key, filename, content_type, expires)

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._secret, body, hashlib.sha256).digest()


def _invalid() -> P2NError:
    return P2NError(
        ErrorCode.E_SIGNATURE_INVALID,
        "This link was not signed here.",
        "Ask for the list of files again: it gives fresh links.",
    )


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    # Base64 leaves its last character unused bits; one link has one spelling.
    if _encode(raw) != text:
        raise ValueError("not canonical base64")
    return raw
