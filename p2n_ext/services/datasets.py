"""Data that people bring along: taken in, listed, handed to runs, deleted."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path, PurePath

from p2n_schemas.base import utc_now
from p2n_schemas.datasets import NOT_STATED, DataFile, DatasetCreated, UploadedDataset
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import DatasetMount, RunStatus

from ..protocols import Database, DatasetCatalogue, DatasetInspector, ObjectStore, RunData, RunFilter
from . import keys
from .faults import missing

GRANT_PREFIX = "dataset:"
_DRAFT_SECONDS = 24 * 3600.0
_LIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
_MAX_LIVE = 10_000


class DatasetService:
    """Uploads and the catalogue's data under one roof; implements `protocols.DatasetSource`."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        inspector: DatasetInspector,
        catalogue: DatasetCatalogue,
        drafts: Path,
        max_bytes: int,
    ) -> None:
        self._database = database
        self._objects = objects
        self._inspector = inspector
        self._catalogue = catalogue
        self._drafts = drafts
        self._one_at_a_time = asyncio.Lock()
        self.max_bytes = max_bytes

    def draft(self) -> Path:
        """An empty file that an upload is written to; whoever asks removes it. Forgotten ones go after a day."""
        self._drafts.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in self._drafts.iterdir():
            if old.stat().st_mtime < time.time() - _DRAFT_SECONDS:
                old.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._drafts, prefix="upload-", delete=False) as file:
            return Path(file.name)

    async def add(
        self,
        draft: Path,
        filename: str,
        name: str | None = None,
        licence: str | None = None,
        source: str | None = None,
    ) -> DatasetCreated:
        """Take in a file, which is moved away; what is stated about a known one replaces what was.

        Raises E_DATASET_INVALID, E_DATASET_TOO_LARGE, E_VALIDATION, E_CONFLICT (the name is taken).
        """
        size = draft.stat().st_size
        if size > self.max_bytes:
            raise self.too_large()
        filename = _plain(PurePath(filename.replace("\\", "/")).name, 100)
        sha256 = await asyncio.to_thread(_digest, draft)
        dataset_id = f"d_{sha256[:16]}"
        known = await self._database.get_dataset(dataset_id)
        files = known.files if known else await self._inspector.inspect(draft, filename)
        async with self._one_at_a_time:
            dataset = UploadedDataset(
                id=dataset_id,
                name=await self._name(dataset_id, name, known.name if known else None, filename),
                filename=known.filename if known else filename,
                format=known.format if known else _format(filename, files),
                size_bytes=size,
                sha256=sha256,
                files=files,
                rows=files[0].rows if len(files) == 1 else None,
                columns=files[0].columns if len(files) == 1 else [],
                licence=_stated(licence, known.licence if known else NOT_STATED),
                source=_stated(source, known.source if known else NOT_STATED),
                created_at=known.created_at if known else utc_now(),
            )
            # Bytes first: a row without its bytes would be a promise that no run can keep.
            if known is None or not await self._objects.exists(keys.dataset(dataset_id)):
                await self._objects.put_file(keys.dataset(dataset_id), draft)
            await self._database.put_dataset(dataset)
        return DatasetCreated(dataset=dataset, created=known is None)

    async def upload(self, path: Path, filename: str) -> UploadedDataset:
        """Take in a copy of a local file. Raises E_NOT_FOUND, and what `add` raises."""
        try:
            if path.stat().st_size > self.max_bytes:
                raise self.too_large()
            draft = await asyncio.to_thread(self.draft)
            try:
                await asyncio.to_thread(shutil.copyfile, path, draft)
                return (await self.add(draft, filename)).dataset
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise P2NError(
                ErrorCode.E_NOT_FOUND,
                f"{path} can't be read: {error.strerror}.",
                "Give the path of a csv, parquet or zip file.",
            ) from None

    async def datasets(self) -> list[UploadedDataset]:
        return await self._database.list_datasets()

    async def get(self, dataset_id: str) -> UploadedDataset:
        """By id or name. Raises E_NOT_FOUND."""
        dataset = await self._database.get_dataset(dataset_id)
        if dataset is None:
            raise missing("dataset", dataset_id)
        return dataset

    async def delete(self, dataset_id: str) -> None:
        """Raises E_NOT_FOUND, and E_CONFLICT while a live run uses it."""
        dataset = await self.get(dataset_id)
        users = await self._users(dataset)
        if users:
            raise P2NError(
                ErrorCode.E_CONFLICT,
                "A run that is going on uses this dataset.",
                "Cancel it first, or wait for its end; then delete the dataset.",
                {"runs": users},
            )
        await self._objects.delete_prefix(keys.dataset_folder(dataset.id))
        await self._database.delete_dataset(dataset.id)

    async def bind(self, names: Sequence[str]) -> RunData:
        """What names of the catalogue, or ids or names of uploads, mean for a run. Raises E_NOT_FOUND."""
        mounts: dict[str, DatasetMount] = {}
        packages: dict[str, None] = {}
        for name in names:
            found = self._catalogue.bind(name)
            if found is None:
                dataset = await self._database.get_dataset(name)
                if dataset is None:
                    raise await self._unknown(name)
                found = RunData((self._catalogue.mount(dataset),))
            mounts |= {mount.name: mount for mount in found.mounts}
            packages |= dict.fromkeys(found.packages)
        return RunData(tuple(mounts.values()), tuple(packages))

    def too_large(self) -> P2NError:
        return P2NError(
            ErrorCode.E_DATASET_TOO_LARGE,
            f"This file is larger than {self.max_bytes // 1_000_000} MB.",
            "Upload a part of it, pack it as a zip, or raise P2NApp.max_dataset_mb.",
        )

    async def _unknown(self, name: str) -> P2NError:
        uploads = [dataset.name for dataset in await self.datasets()]
        return P2NError(
            ErrorCode.E_NOT_FOUND,
            f"There is no dataset {name!r}.",
            f"The catalogue has {', '.join(self._catalogue.names())}. Uploaded: {', '.join(uploads) or 'none'}.",
            {"catalogue": self._catalogue.names(), "uploaded": uploads},
        )

    async def _name(self, dataset_id: str, wanted: str | None, known: str | None, filename: str) -> str:
        """What the person wants, else what it is called already, else after the file, with a number where taken."""
        if wanted is None and known is not None:
            return known
        taken = {entry.name for entry in await self.datasets() if entry.id != dataset_id}
        taken |= set(self._catalogue.names())
        if wanted is not None:
            if wanted != _plain(wanted, 64):
                raise P2NError(
                    ErrorCode.E_VALIDATION,
                    "name: letters, digits, '.', '_' and '-' are wanted, up to 64, beginning with a letter or digit.",
                    "A run finds the data in a folder of this name; choose a plain one.",
                )
            if wanted in taken:
                raise P2NError(
                    ErrorCode.E_CONFLICT,
                    f"Another dataset is called {wanted!r}.",
                    "Give this one another name, or delete the other one.",
                )
            return wanted
        base, number = _plain(PurePath(filename).stem, 56), 1
        while (name := base if number == 1 else f"{base}-{number}") in taken:
            number += 1
        return name

    async def _users(self, dataset: UploadedDataset) -> list[str]:
        """Live runs whose inputs name these bytes."""
        found = []
        for run in await self._database.list_runs(RunFilter(statuses=_LIVE), limit=_MAX_LIVE):
            try:
                inputs = json.loads(await self._objects.get(keys.run_inputs(run.id)))
            except P2NError:
                continue
            files = [mount.get("file") or {} for mount in inputs.get("datasets", [])]
            if any(file.get("sha256") == dataset.sha256 for file in files):
                found.append(run.id)
        return found


async def granted(objects: ObjectStore, mounts: Sequence[DatasetMount], seconds: float) -> list[DatasetMount]:
    """The mounts with leave to read their uploaded files, good for `seconds`; until then they only name them.

    Raises E_DATASET_FAILED where an upload was deleted.
    """
    ready = []
    for mount in mounts:
        if mount.file is not None and mount.file.url.startswith(GRANT_PREFIX):
            key = keys.dataset(mount.file.url.removeprefix(GRANT_PREFIX))
            if not await objects.exists(key):
                raise P2NError(
                    ErrorCode.E_DATASET_FAILED,
                    f"The dataset {mount.name} was deleted.",
                    "Upload it again (the same bytes give the same dataset), then run again.",
                    {"dataset": mount.name},
                )
            file = mount.file.model_copy(update={"url": await objects.download_url(key, seconds)})
            mount = mount.model_copy(update={"file": file})
        ready.append(mount)
    return ready


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain(text: str, length: int) -> str:
    """Letters, digits, dots, underscores and hyphens, as a file or folder of a run may be called."""
    stem, dot, suffix = text.rpartition(".")
    if not dot:
        stem, suffix = text, ""
    clean = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._") or "data"
    suffix = re.sub(r"[^A-Za-z0-9]+", "", suffix)[:16]
    return f"{clean[: length - len(suffix) - 1]}.{suffix}" if suffix else clean[:length]


def _stated(said: str | None, known: str) -> str:
    return said.strip() if said and said.strip() else known


def _format(filename: str, files: Sequence[DataFile]) -> str:
    return "zip" if filename.lower().endswith(".zip") else files[0].format
