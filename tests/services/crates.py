"""How tests read a crate, and run it again as its README says."""

from __future__ import annotations

import json
import re
import secrets
import shlex
import subprocess
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from ray_runner.sandbox.engine import connect
from ray_runner.sandbox.image import ensure_image
from ray_runner.sandbox.package_index import package_index

# uv's names of what pip wants to know too
_PIP = {
    "UV_DEFAULT_INDEX": "PIP_INDEX_URL",
    "UV_INDEX_URL": "PIP_INDEX_URL",
    "UV_INDEX": "PIP_EXTRA_INDEX_URL",
    "UV_EXTRA_INDEX_URL": "PIP_EXTRA_INDEX_URL",
    "UV_FIND_LINKS": "PIP_FIND_LINKS",
}


def unpack(data: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder


def command_of(readme: str) -> list[str]:
    """The one command that the README gives, with the image that this machine has in place of a registry's."""
    found = re.search(r"^    (docker run .*)$", readme, re.MULTILINE)
    assert found is not None
    return shlex.split(found[1])


def run_again(crate: Path, seconds: float = 400) -> subprocess.CompletedProcess[str]:
    """Run the README's command with this site's way to packages: its proxy, mirror and certificates."""
    client = connect()
    try:
        image = ensure_image(client).digest
    finally:
        client.close()
    command = command_of((crate / "README.md").read_text())
    at = next(i for i, word in enumerate(command) if word.startswith("python:"))
    site = package_index()
    name = f"p2n-crate-{secrets.token_hex(6)}"
    options: list[str] = ["--name", name]
    host = crate.parent / "p2n-host"
    host.mkdir()
    for path, content in site.files.items():
        (host / Path(path).name).write_bytes(content)
        options += ["-v", f"{host / Path(path).name}:{path}:ro"]
    for outside, inside in site.links.items():
        options += ["-v", f"{outside}:{inside}:ro"]
    for variable, value in site.variables.items():
        places = value.replace(",", " ") if variable == "UV_FIND_LINKS" else value
        options += ["-e", f"{_PIP.get(variable, variable)}={places}"]
    words = [word.replace("$PWD", str(crate)) for word in command]
    words[at] = image
    run_at = words.index("run") + 1
    words[run_at:run_at] = options
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=seconds, check=False)
    finally:
        # Its client may be gone before it is.
        subprocess.run(["docker", "rm", "-f", name], capture_output=True, timeout=60, check=False)


def graph_of(crate: Path) -> dict[str, dict[str, Any]]:
    metadata = json.loads((crate / "ro-crate-metadata.json").read_text())
    assert metadata["@context"] == "https://w3id.org/ro/crate/1.1/context"
    return {entity["@id"]: entity for entity in metadata["@graph"]}


def check_crate(crate: Path) -> dict[str, dict[str, Any]]:
    """The rules of RO-Crate 1.1 that bind: descriptor, root, flattened graph, every file described and there."""
    document = json.loads((crate / "ro-crate-metadata.json").read_text())
    graph = graph_of(crate)
    assert len(graph) == len(document["@graph"]), "an @id twice"
    assert all(entity.get("@type") for entity in graph.values())
    descriptor = graph["ro-crate-metadata.json"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = graph["./"]
    assert root["@type"] == "Dataset"
    assert root["name"]
    assert root["description"]
    assert datetime.fromisoformat(root["datePublished"])
    assert graph[root["license"]["@id"]]["description"]
    described = {part["@id"] for part in root["hasPart"]}
    there = {path.relative_to(crate).as_posix() for path in crate.rglob("*") if path.is_file()}
    assert described == there - {"ro-crate-metadata.json"}
    for path in described:
        entity = graph[path]
        assert "File" in ([entity["@type"]] if isinstance(entity["@type"], str) else entity["@type"])
        assert entity["contentSize"] == str((crate / path).stat().st_size)
        assert entity["encodingFormat"]
    for entity in graph.values():
        for value in entity.values():
            for link in value if isinstance(value, list) else [value]:
                if isinstance(link, dict):
                    assert set(link) == {"@id"}, "the graph is flattened"
                    known = link["@id"] in graph or link["@id"] == "https://w3id.org/ro/crate/1.1"
                    assert known, link
    return graph
