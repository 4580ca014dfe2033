"""Binding an uploaded dataset to a paper's: which columns, which task, and what had to be chosen for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from p2n_schemas.datasets import (
    BoundUpload,
    Column,
    ColumnType,
    DataFile,
    DatasetBinding,
    UploadedDataset,
)
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.plans import DatasetSpec

from .uploaded import UploadedData

_NUMERIC = (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.BOOLEAN)
# a target of whole numbers with more values than this is taken for a quantity
_MOST_CLASSES = 20
_FEWEST_ROWS = 10


@dataclass(frozen=True)
class Bound:
    """An uploaded dataset, ready for a plan; `choices` are (what was not stated, what was chosen)."""

    dataset: UploadedData
    stands_for: str
    same_data: bool
    choices: tuple[tuple[str, str], ...]


def bind(dataset: UploadedDataset, binding: DatasetBinding) -> Bound:
    """Check a binding against what is known of the file. Raises E_VALIDATION."""
    file = _file(dataset, binding.file)
    columns = {column.name: column for column in file.columns}
    target = _column(columns, binding.target, "target")
    choices: list[tuple[str, str]] = []
    task = binding.task or _task(target, choices)
    classes = _classes(target, binding, task)
    features = _features(columns, target, binding.features, choices)
    encoded = [column for column in features if column.type is ColumnType.TEXT]
    used = [*features, target]
    counts = [column.missing or 0 for column in used]
    complete = max(0, file.rows - sum(counts))
    if sum(counts):
        choices.append(
            (
                "what is done about missing values",
                f"rows without a value in a used column are left out: between {max(counts)} and "
                f"{min(sum(counts), file.rows)} of {file.rows}",
            )
        )
    if file.rows - max(counts) < _FEWEST_ROWS:
        raise _wrong("target", f"fewer than {_FEWEST_ROWS} rows have a value in every used column")
    if encoded:
        names = ", ".join(column.name for column in encoded)
        choices.append((f"how the text features are encoded ({names})", "a column of 0 and 1 for each value"))
    bound = BoundUpload(
        dataset_id=dataset.id,
        filename=dataset.filename,
        sha256=dataset.sha256,
        size_bytes=dataset.size_bytes,
        path=file.path,
        format=file.format,
        delimiter=file.delimiter,
        rows=file.rows,
        complete_rows=max(complete, _FEWEST_ROWS),
        target=target.name,
        features=[column.name for column in features],
        encoded=[column.name for column in encoded],
        width=len(features) - len(encoded) + sum(len(column.values or ()) for column in encoded),
        task=task,
        classes=classes,
        same_data=binding.same_data,
    )
    spec = DatasetSpec(
        name=dataset.name,
        title=f"{dataset.name} (uploaded)",
        source=dataset.source,
        licence=dataset.licence,
        named_in_paper_as=binding.stands_for,
    )
    return Bound(UploadedData.of(spec, bound), binding.stands_for, binding.same_data, tuple(choices))


def _file(dataset: UploadedDataset, wanted: str | None) -> DataFile:
    paths = [file.path for file in dataset.files]
    if wanted is None and len(paths) > 1:
        raise _wrong("file", f"the dataset has several files, name one of: {', '.join(paths[:20])}")
    for file in dataset.files:
        if wanted in (None, file.path):
            return file
    raise _wrong("file", f"the dataset has no file {wanted!r}, but {', '.join(paths[:20])}")


def _column(columns: dict[str, Column], name: str, where: str) -> Column:
    if name not in columns:
        raise _wrong(where, f"there is no column {name!r}, but {', '.join(list(columns)[:40])}")
    return columns[name]


def _task(target: Column, choices: list[tuple[str, str]]) -> Literal["classification", "regression"]:
    numeric = target.type in (ColumnType.INTEGER, ColumnType.NUMBER)
    if target.type is ColumnType.INTEGER and target.distinct is None:
        raise _wrong(
            "task",
            f"whether {target.name!r} holds classes or quantities can't be read from the file; state it",
        )
    few = target.distinct is not None and target.distinct <= _MOST_CLASSES
    task: Literal["classification", "regression"] = "regression"
    if not numeric or (target.type is ColumnType.INTEGER and few):
        task = "classification"
    choices.append(
        ("whether it is classification or regression", f"{task}, from the values of the column {target.name}")
    )
    return task


def _classes(target: Column, binding: DatasetBinding, task: str) -> list[str]:
    if task == "regression":
        if target.type not in (ColumnType.INTEGER, ColumnType.NUMBER):
            raise _wrong(
                "target", f"the column {target.name!r} holds no numbers, so there is no regression on it"
            )
        return []
    if target.values is None and binding.classes is None:
        why = (
            "can't be read from the file; name them in `classes`"
            if target.distinct is None
            else "are too many"
        )
        raise _wrong("classes", f"the values of {target.name!r} {why}")
    if (
        target.values is not None
        and binding.classes is not None
        and set(target.values) != set(binding.classes)
    ):
        raise _wrong("classes", f"the values of {target.name!r} are {', '.join(target.values)}")
    classes = list(dict.fromkeys(binding.classes or target.values or []))
    if len(classes) < 2:
        raise _wrong("target", f"the column {target.name!r} has one value only")
    return classes


def _features(
    columns: dict[str, Column], target: Column, wanted: Sequence[str] | None, choices: list[tuple[str, str]]
) -> list[Column]:
    if wanted is not None:
        found = [_column(columns, name, "features") for name in dict.fromkeys(wanted)]
        for column in found:
            if column is target:
                raise _wrong("features", f"{column.name!r} is the target")
            if not _usable(column):
                raise _wrong(
                    "features", f"{column.name!r} is no number and no text of at most 50 known values"
                )
        return found
    others = [column for column in columns.values() if column is not target]
    found = [column for column in others if _usable(column)]
    left = [column.name for column in others if not _usable(column)]
    if not found:
        raise _wrong(
            "features", "no other column can be used: numbers or text of at most 50 known values are wanted"
        )
    choices.append(
        (
            "which columns are the features",
            f"all others but {', '.join(left[:20])}, which hold no numbers" if left else "all other columns",
        )
    )
    return found


def _usable(column: Column) -> bool:
    return column.type in _NUMERIC or (column.type is ColumnType.TEXT and bool(column.values))


def _wrong(field: str, words: str) -> P2NError:
    where = f"dataset.{field}"
    return P2NError(
        ErrorCode.E_VALIDATION,
        f"{where}: {words}.",
        "GET /p2n/api/v1/datasets/{id} lists the dataset's columns.",
        {"problems": [{"where": where, "problem": words}]},
    )
