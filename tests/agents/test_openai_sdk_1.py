"""The same with openai 1.109.1, the oldest SDK that P2N works with, in a process whose path puts it first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLDEST = "1.109.1"
# what that SDK needs and a newer one does not; the rest is here already
PACKAGES = (f"openai=={OLDEST}", "distro>=1.9,<2", "tqdm>4", "httpx>=0.27,<1")
TESTS = (
    "tests/agents/test_openai_index.py",
    "tests/agents/test_openai_reader.py",
    "tests/agents/test_openai_standin.py",
)
# the ways of the SDK: uploads, streams and how they break, errors, deletion; the rest is no matter of its version
TOUCHING_IT = (
    "made_once or half_way or crash or busy or probe or without_stores or verified_while or mended or dropped or trouble"
    " or refuses or leaves_closes or key_is or typed or each_kind or upload_to_deletion or old_ways"
)


@pytest.fixture(scope="module")
def oldest_sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("openai-1")
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    done = subprocess.run(
        [*command, "--python", sys.executable, *PACKAGES], capture_output=True, text=True, timeout=120
    )
    if done.returncode:
        pytest.skip(f"openai {OLDEST} can't be had from the package index: {done.stderr[-300:]}")
    return folder


@pytest.mark.timeout(400)
def test_everything_holds_with_the_oldest_sdk(oldest_sdk: Path) -> None:
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([str(oldest_sdk), str(ROOT), str(ROOT / "schemas")]))
    told = subprocess.run(
        [sys.executable, "-c", "import openai; print(openai.__version__, openai.__file__)"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.split()
    assert told[0] == OLDEST
    assert Path(told[1]).is_relative_to(oldest_sdk)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-k",
        TOUCHING_IT,
        *TESTS,
    ]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=380)
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
