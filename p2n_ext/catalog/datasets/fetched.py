"""Datasets that are fetched from outside: what all of them share."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from p2n_schemas.runs import DatasetMount

from .base import Dataset, quoted
from .sources import Sources

NOT_STATED = "not stated"
NOT_CONFIRMED = "not confirmed"
"""For a licence that is said of another version of the data, or by nobody whose words were found."""


@dataclass(frozen=True, kw_only=True)
class FetchedData(Dataset):
    """Data that the datasets phase fetches; the notebook's cell reads the source's own files.

    `size_bytes` is what is fetched, about; nothing larger than `most_bytes` is taken. `checksum` says in words how the
    files are checked. Where no digest is published, the first fetch's is recorded on each engine, and data that differs
    from it later is refused.
    """

    size_bytes: int
    checksum: str

    @property
    def most_bytes(self) -> int:
        """A file that grew by a half is another file."""
        return max(1_000_000, self.size_bytes * 3 // 2)

    @abstractmethod
    def steps(self, sources: Sources) -> list[dict[str, Any]]:
        """What `fetcher.fetch` does."""

    def mount(self, sources: Sources | None = None) -> DatasetMount:
        steps = self.steps(sources or Sources())
        # where it is fetched from does not matter for what it is
        identity = hashlib.sha256(json.dumps(self.steps(Sources()), sort_keys=True).encode()).hexdigest()
        return DatasetMount(
            name=self.key,
            loader=f"{_fetcher()}\n\nmain(json.loads({json.dumps(json.dumps(steps, sort_keys=True))}))\n",
            recorded_as=f"{self.key}-{identity[:16]}",
            needs_network=True,
            needs_environment=False,
        )

    def folder_line(self) -> str:
        return (
            "# in P2N's sandbox the source's files stand in $P2N_DATA; elsewhere, put them into a folder data\n"
            f'folder = Path(os.environ.get("P2N_DATA", "data")) / {quoted(self.key)}'
        )


@cache
def _fetcher() -> str:
    return files("p2n_ext.catalog.datasets").joinpath("fetcher.py").read_text(encoding="utf-8")
