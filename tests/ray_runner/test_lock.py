"""Locks for the sandbox image, with the real uv and index."""

from __future__ import annotations

import re

import pytest

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.execution import ResolvedEnvironment
from ray_runner.sandbox.lock import DockerResolver, environment_hash

pytestmark = pytest.mark.docker


async def test_the_lock_pins_every_package_with_hashes_and_holds_no_url(
    resolved: ResolvedEnvironment,
) -> None:
    lock = resolved.requirements_lock
    pins = [line for line in lock.splitlines() if re.match(r"[a-z]", line)]
    assert len(pins) > 10
    assert all(re.match(r"[a-z0-9._-]+==\S+ ", pin) for pin in pins)
    assert lock.count("--hash=sha256:") >= len(pins)
    assert "://" not in lock
    assert resolved.image_digest.startswith("sha256:")
    assert re.fullmatch(r"3\.\d+\.\d+", resolved.python_version)


async def test_the_same_requirements_give_the_same_env_hash() -> None:
    first = await DockerResolver().resolve("packaging==24.2")
    assert first == await DockerResolver().resolve("packaging==24.2")
    assert first.env_hash != (await DockerResolver().resolve("packaging==24.1")).env_hash


def test_each_part_changes_the_env_hash() -> None:
    base = environment_hash("lock", "image", "3.11.2")
    assert (
        len(
            {base, environment_hash("lock2", "image", "3.11.2"), environment_hash("lock", "image2", "3.11.2")}
        )
        == 3
    )
    assert environment_hash("ab", "c", "") != environment_hash("a", "bc", "")


@pytest.mark.parametrize(
    ("requirements", "code", "word"),
    [
        ("packaging==0.0.0.1", ErrorCode.E_REQUIREMENTS_UNSATISFIABLE, "packaging"),
        ("numpy==1.11.0", ErrorCode.E_REQUIREMENTS_NEED_BUILD, "numpy has no wheel"),
        ("--index-url https://example.org", ErrorCode.E_REQUIREMENTS_UNSATISFIABLE, "--index-url"),
        ("./local", ErrorCode.E_REQUIREMENTS_UNSATISFIABLE, "./local"),
        ("x @ https://example.org/x.whl", ErrorCode.E_REQUIREMENTS_UNSATISFIABLE, "example.org"),
    ],
)
async def test_what_cannot_be_locked_says_why(requirements: str, code: ErrorCode, word: str) -> None:
    with pytest.raises(P2NError) as raised:
        await DockerResolver().resolve(requirements)
    assert raised.value.code is code
    assert word in raised.value.info.message
