"""Signed links: good for one object, until they end, and for nothing else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from p2n_ext.stores.signing import Signer, load_secret
from p2n_schemas.errors import ErrorCode, P2NError


def test_what_was_signed_comes_back() -> None:
    signer = Signer(b"k" * 32)
    signed = signer.open(signer.sign("runs/r/metrics.json", "metrics.json", "application/json", 60))
    assert (signed.key, signed.filename, signed.content_type) == (
        "runs/r/metrics.json",
        "metrics.json",
        "application/json",
    )


def test_every_changed_character_breaks_the_link() -> None:
    signer = Signer(b"k" * 32)
    token = signer.sign("a/b", "b", "text/plain", 60)
    for position, character in enumerate(token):
        other = token[:position] + ("A" if character != "A" else "Q") + token[position + 1 :]
        with pytest.raises(P2NError) as caught:
            signer.open(other)
        assert caught.value.code is ErrorCode.E_SIGNATURE_INVALID


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "é.é", "A" * 4000, "AAAA.AAAA"])
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(P2NError) as caught:
        Signer(b"k" * 32).open(token)
    assert caught.value.code is ErrorCode.E_SIGNATURE_INVALID


def test_another_secret_opens_nothing() -> None:
    token = Signer(b"k" * 32).sign("a/b", "b", "text/plain", 60)
    with pytest.raises(P2NError) as caught:
        Signer(b"q" * 32).open(token)
    assert caught.value.code is ErrorCode.E_SIGNATURE_INVALID


def test_a_link_ends() -> None:
    signer = Signer(b"k" * 32)
    with pytest.raises(P2NError) as caught:
        signer.open(signer.sign("a/b", "b", "text/plain", -1))
    assert caught.value.code is ErrorCode.E_SIGNATURE_EXPIRED


def test_the_secret_is_made_once_and_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "signing.key"
    assert load_secret(path) == load_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
