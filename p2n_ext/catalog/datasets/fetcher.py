"""Fetching a dataset's files and checking them. Standard library only.

This file's source is the loader of every dataset that is fetched: it runs in the datasets container, in the image's own
Python. It stores the source's files as they are; reading them is the notebook's part. Nothing is unpickled or unpacked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

TRIES = 3
PAUSE_SECONDS = 2.0
SOCKET_SECONDS = 60
MAX_ANSWER_BYTES = 4_000_000
_BLOCK = 1 << 20
# what another try may mend
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class Refused(Exception):
    """Why the data is not here: the last words of the loader."""


def fetch(steps: list[dict[str, Any]], folder: Path) -> None:
    """Do all steps; each leaves its files in `folder`. Raises Refused."""
    for step in steps:
        _KINDS[step["kind"]](step, folder)


def _file(step: dict[str, Any], folder: Path) -> None:
    """One file: `url`, `name`, `most` (bytes), and `size`, `md5`, `sha256` where they are known."""
    _download(step["url"], folder / step["name"], step)


def _openml(step: dict[str, Any], folder: Path) -> None:
    """A dataset of OpenML by its number: its description (JSON) names the ARFF file and that file's MD5."""
    base, number = step["base"], step["id"]
    about = _json(f"{base}/api/v1/json/data/{number}").get("data_set_description")
    if not isinstance(about, dict) or str(about.get("id")) != str(number):
        raise Refused(f"{_host(base)} gives no description of dataset {number}")
    if about.get("status") not in (None, "active"):
        raise Refused(f"OpenML's dataset {number} is {about['status']}")
    if str(about.get("format", "")).lower() != "arff":
        raise Refused(f"OpenML's dataset {number} is {about.get('format')}, not ARFF")
    checks = {"most": step["most"]}
    if re.fullmatch(r"[0-9a-f]{32}", str(about.get("md5_checksum", ""))):
        checks["md5"] = about["md5_checksum"]
    file = str(about.get("file_id", ""))
    if not file.isdigit():
        raise Refused(f"the description of OpenML's dataset {number} names no file")
    _download(f"{base}/data/v1/download/{file}", folder / step["name"], checks)


def _hub(step: dict[str, Any], folder: Path) -> None:
    """Splits of a dataset of the Hugging Face Hub, from its list of parquet files: config → split → addresses."""
    base, repository = step["base"], step["repository"]
    configs = _json(f"{base}/api/datasets/{repository}/parquet")
    wanted = step["config"]
    if wanted not in configs:
        raise Refused(
            f"{repository} has no configuration {wanted!r}, but {', '.join(map(repr, configs))[:200]}"
        )
    for split in step["splits"]:
        addresses = configs[wanted].get(split)
        if not addresses:
            raise Refused(f"{repository} has no split {split!r}, but {', '.join(configs[wanted])[:200]}")
        for number, address in enumerate(addresses):
            # a mirror lists the public addresses too: only their path counts
            path = urllib.parse.urlsplit(str(address)).path
            if not path.startswith("/"):
                raise Refused(f"{repository} lists a file without an address: {address!r}"[:200])
            target = folder / f"{split}-{number:03d}.parquet"
            _download(f"{base}{path}", target, {"most": step["most"], "starts": "PAR1"})


_KINDS = {"file": _file, "openml": _openml, "hub": _hub}


def _json(address: str) -> dict[str, Any]:
    answer = _tried(address, lambda: _read(address))
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(f"{_host(address)} did not answer with a JSON object: {answer[:80]!r}")
    return found


def _read(address: str) -> bytes:
    with _open(address) as response:
        data: bytes = response.read(MAX_ANSWER_BYTES + 1)
    if len(data) > MAX_ANSWER_BYTES:
        raise Refused(f"{_host(address)} answers with more than {MAX_ANSWER_BYTES} bytes")
    return data


def _download(address: str, target: Path, checks: dict[str, Any]) -> None:
    size, digests = _tried(address, lambda: _stream(address, target, checks["most"]))
    for name in ("md5", "sha256"):
        if checks.get(name) not in (None, digests[name]):
            raise Refused(f"{target.name} has the {name.upper()} {digests[name]}, expected {checks[name]}")
    if checks.get("size") not in (None, size):
        raise Refused(f"{target.name} has {size} bytes, expected {checks['size']}")
    if "starts" in checks:
        with target.open("rb") as file:
            if file.read(len(checks["starts"])) != checks["starts"].encode():
                raise Refused(f"{target.name} is no file of the expected kind")
    print(
        f"fetched {target.name} from {_host(address)}: {size} bytes, sha256 {digests['sha256']}", flush=True
    )


def _stream(address: str, target: Path, most: int) -> tuple[int, dict[str, str]]:
    """To the file, block by block: its size and digests. Whatever an earlier try left is overwritten."""
    size = 0
    digests = {"md5": hashlib.md5(usedforsecurity=False), "sha256": hashlib.sha256()}
    with _open(address) as response, target.open("wb") as file:
        promised = response.headers.get("Content-Length")
        while block := response.read(_BLOCK):
            size += len(block)
            if size > most:
                raise Refused(f"{target.name} is larger than the {most} bytes that the catalogue allows it")
            file.write(block)
            for digest in digests.values():
                digest.update(block)
    if promised is not None and promised.isdigit() and size != int(promised):
        raise ConnectionError(f"it ended after {size} of {promised} bytes")
    return size, {name: digest.hexdigest() for name, digest in digests.items()}


def _open(address: str) -> Any:
    request = urllib.request.Request(address, headers={"User-Agent": "p2n", "Accept-Encoding": "identity"})
    return urllib.request.urlopen(request, timeout=SOCKET_SECONDS)


def _tried(address: str, act: Any) -> Any:
    """A passing failure is tried again; the last one is told. Raises Refused."""
    for number in range(1, TRIES + 1):
        try:
            return act()
        except urllib.error.HTTPError as error:
            reason, passing = f"{_host(address)} answered {error.code} {error.reason}", error.code in _PASSING
            error.close()
        except urllib.error.URLError as error:
            unknown = isinstance(error.reason, socket.gaierror)
            words = "its name can't be looked up from here" if unknown else str(error.reason)
            reason, passing = f"{_host(address)} can't be reached: {words}", True
        except (OSError, EOFError) as error:
            reason, passing = (
                f"the connection to {_host(address)} broke: {error or type(error).__name__}",
                True,
            )
        if not passing or number == TRIES:
            break
        print(f"{reason}; try {number + 1} of {TRIES} follows", flush=True)
        time.sleep(PAUSE_SECONDS * number)
    raise Refused(reason)


def _host(address: str) -> str:
    return urllib.parse.urlsplit(address).hostname or "the source"


def main(steps: list[dict[str, Any]]) -> None:
    """What the loader does."""
    try:
        fetch(steps, Path(os.environ["P2N_DATA"]))
    except Refused as refused:
        sys.exit(str(refused))
