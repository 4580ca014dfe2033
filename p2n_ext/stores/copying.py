"""Moving everything from one pair of stores to another: compared by digests, and gone on with where it stopped."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from p2n_schemas.base import canonical_json
from p2n_schemas.errors import ErrorCode, P2NError

from ..protocols import ANY_RUN, Database, ObjectStore, RunFilter
from .refusals import LIVE

# Parents before what hangs on them.
TABLES = (
    "papers",
    "claims",
    "plans",
    "runs",
    "validations",
    "storyboards",
    "datasets",
    "model_calls",
    "remote_indexes",
    "turns",
    "deliveries",
)
COLUMNS: dict[str, tuple[str, ...]] = {
    "papers": ("id", "created_at", "body"),
    "claims": ("id", "paper_id", "position", "status", "body"),
    "plans": ("id", "paper_id", "created_at", "body"),
    "runs": ("id", "plan_id", "paper_id", "status", "created_at", "idempotency_key", "body"),
    "validations": ("id", "run_id", "status", "created_at", "body"),
    "storyboards": ("id", "paper_id", "version", "body"),
    "datasets": ("id", "name", "created_at", "body"),
    "model_calls": ("id", "paper_id", "at", "cost_usd", "body"),
    "remote_indexes": ("paper_id", "body"),
    "turns": ("who", "taken_at"),
    "deliveries": ("id", "attempts", "due_at", "body"),
}
KEYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(TABLES, ("id",)),
    "remote_indexes": ("paper_id",),
    "turns": ("who", "taken_at"),
}
_BATCH = 200
Row = dict[str, Any]


class RowCopy(Protocol):
    """Rows as they are kept, by the columns above; times as text in UTC, bodies as JSON text."""

    def rows(self, table: str) -> AsyncIterator[list[Row]]:
        """All rows in batches, in the order of their keys."""
        ...

    async def load(self, table: str, rows: Sequence[Row]) -> None:
        """Insert them, or write over those of the same key, all or none."""
        ...


@dataclass
class Copied:
    """What is equal on both sides at the end, and how much of it was so before."""

    rows: dict[str, int] = field(default_factory=dict)
    rows_known: int = 0
    objects: int = 0
    objects_known: int = 0
    bytes: int = 0


class Journal:
    """Which objects have been copied and compared, one line each, so that a copy goes on where it stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        try:
            lines = self._path.read_text().splitlines()
        except FileNotFoundError:
            return found
        for line in lines:
            # The last line may have been cut.
            try:
                key, size, digest = json.loads(line)
            except ValueError:
                continue
            found[key] = (size, digest)
        return found

    def add(self, key: str, size: int, digest: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps([key, size, digest]) + "\n")

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


class Copy:
    """From `source` to `target`; the source is only read. Objects of the same key are written over."""

    def __init__(
        self,
        source: tuple[Database, RowCopy, ObjectStore],
        target: tuple[Database, RowCopy, ObjectStore],
        journal: Journal,
        drafts: Path,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._from_database, self._from_rows, self._from_objects = source
        self._to_database, self._to_rows, self._to_objects = target
        self._journal = journal
        self._drafts = drafts
        self._say = say

    async def everything(self) -> Copied:
        """Raises E_CONFLICT while runs are going on at either side, and where what was written is not what came back."""
        for database in (self._from_database, self._to_database):
            live = await database.list_runs(RunFilter(statuses=LIVE), limit=10)
            if live:
                raise P2NError(
                    ErrorCode.E_CONFLICT,
                    f"{len(live)} runs are going on.",
                    "Wait for them or cancel them, then copy again; stop the server meanwhile.",
                    {"runs": [run.id for run in live]},
                )
        done = Copied()
        # Objects first: a row never points to what is not there yet.
        await self._objects(done)
        for table in TABLES:
            await self._table(table, done)
        before = await self._from_database.count_runs(ANY_RUN)
        if before != done.rows["runs"]:
            raise _changed("runs")
        self._journal.forget()
        return done

    async def _objects(self, done: Copied) -> None:
        compared = self._journal.read()
        keys = await self._from_objects.keys()
        present = set(await self._to_objects.keys())
        for key in keys:
            data = await self._from_objects.get(key)
            digest = await asyncio.to_thread(_sha256, data)
            if key in present and compared.get(key) == (len(data), digest):
                done.objects_known += 1
            else:
                await self._put(key, data)
                if await asyncio.to_thread(_sha256, await self._to_objects.get(key)) != digest:
                    raise _changed(key)
                self._journal.add(key, len(data), digest)
            done.objects += 1
            done.bytes += len(data)
            if done.objects % 100 == 0:
                self._say(f"{done.objects} of {len(keys)} objects")

    async def _put(self, key: str, data: bytes) -> None:
        draft = await asyncio.to_thread(_draft, self._drafts, data)
        try:
            await self._to_objects.put_file(key, draft)
        finally:
            draft.unlink(missing_ok=True)

    async def _table(self, table: str, done: Copied) -> None:
        there = await _digests(self._to_rows, table)
        wanted: dict[str, str] = {}
        async for batch in self._from_rows.rows(table):
            for row in batch:
                wanted[_key(table, row)] = digest(table, row)
            fresh = [row for row in batch if there.get(_key(table, row)) != digest(table, row)]
            done.rows_known += len(batch) - len(fresh)
            for start in range(0, len(fresh), _BATCH):
                await self._to_rows.load(table, fresh[start : start + _BATCH])
        now = await _digests(self._to_rows, table)
        if any(now.get(key) != value for key, value in wanted.items()):
            raise _changed(table)
        done.rows[table] = len(wanted)
        self._say(f"{len(wanted)} {table.replace('_', ' ')}")


def _draft(folder: Path, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder)
    with open(descriptor, "wb") as file:
        file.write(data)
    return Path(name)


def plain(row: Row) -> Row:
    """Times as one text and numbers as one kind, however a database writes them."""
    return {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: object) -> object:
    if name in ("created_at", "at") and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    if name in ("cost_usd", "taken_at", "due_at") and isinstance(value, int):
        return float(value)
    return value


def digest(table: str, row: Row) -> str:
    return _sha256(canonical_json({name: row[name] for name in COLUMNS[table]}))


async def _digests(rows: RowCopy, table: str) -> dict[str, str]:
    return {_key(table, row): digest(table, row) async for batch in rows.rows(table) for row in batch}


def _key(table: str, row: Row) -> str:
    return json.dumps([row[name] for name in KEYS[table]])


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _changed(what: str) -> P2NError:
    return P2NError(
        ErrorCode.E_CONFLICT,
        f"The copy of {what} is not what was read.",
        "Stop whatever else writes at either side, then copy again: it goes on where it stopped.",
        {"what": what},
    )
