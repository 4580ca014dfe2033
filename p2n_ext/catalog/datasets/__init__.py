"""Datasets that a notebook can load: the catalogue's, and a person's own, each with what is known of it."""

from __future__ import annotations

import re

from p2n_schemas.datasets import UploadedDataset
from p2n_schemas.plans import DatasetSpec
from p2n_schemas.runs import DatasetMount

from ...protocols import RunData
from ..names import fold, match
from . import bundled, images, openml, packaged, tables, texts
from . import unavailable as _unavailable
from .base import Dataset, ImageShape, Input, Task
from .bundled import BREAST_CANCER, DIABETES, DIGITS, IRIS, LINNERUD, PENGUIN_MASS, PENGUINS, WINE
from .fetched import FetchedData
from .sources import Sources
from .uploaded import UploadedData, mount_of

# those inside packages first: of two that a name fits equally well, the one that is here is meant
ALL: tuple[Dataset, ...] = (*bundled.ALL, *packaged.ALL, *images.ALL, *texts.ALL, *openml.ALL, *tables.ALL)


def by_key(key: str) -> Dataset:
    """Raises KeyError for a name that the catalogue does not have."""
    for dataset in ALL:
        if dataset.key == key:
            return dataset
    raise KeyError(key)


def of(spec: DatasetSpec) -> Dataset:
    """The dataset that a plan names. Raises KeyError for a name that the catalogue does not have."""
    return UploadedData.of(spec, spec.uploaded) if spec.uploaded is not None else by_key(spec.name)


def find(name: str, paper_text: str = "") -> Dataset | None:
    """The dataset that a paper means by `name`; its text decides over names that several datasets share."""
    folded = fold(name)
    best: tuple[int, Dataset] | None = None
    for dataset in ALL:
        aliases = list(dataset.aliases)
        if any(re.search(sign, f"{paper_text} {name}", re.IGNORECASE) for sign in dataset.signs):
            aliases += dataset.doubtful
        found = match(folded, aliases, dataset.qualifiers)
        if found and not found.leftovers and (best is None or found.taken > best[0]):
            best = (found.taken, dataset)
    return best[1] if best else None


def unavailable(name: str) -> str | None:
    """Why data that the catalogue knows by this name can't be had; none where it does not know it."""
    found = _unavailable.find(name)
    return None if found is None else f"data not available: {found.title}: {found.reason}"


def mentioned(sentence: str, dataset: Dataset) -> bool:
    """Whether a sentence names the dataset by an alias of its own."""
    folded = fold(sentence)
    return any(re.search(rf"(?<!\w){alias}(?!\w)", folded) for alias in dataset.aliases)


class RunDatasets:
    """Implements `protocols.DatasetCatalogue`."""

    def __init__(self, sources: Sources | None = None) -> None:
        self._sources = sources or Sources()

    def names(self) -> list[str]:
        return [dataset.key for dataset in ALL]

    def bind(self, name: str) -> RunData | None:
        try:
            dataset = by_key(name)
        except KeyError:
            return None
        return RunData((dataset.mount(self._sources),), dataset.requirements)

    def mount(self, dataset: UploadedDataset) -> DatasetMount:
        return mount_of(dataset.name, dataset.id, dataset.filename, dataset.sha256, dataset.size_bytes)


__all__ = [
    "ALL",
    "BREAST_CANCER",
    "DIABETES",
    "DIGITS",
    "IRIS",
    "LINNERUD",
    "PENGUINS",
    "PENGUIN_MASS",
    "WINE",
    "Dataset",
    "FetchedData",
    "ImageShape",
    "Input",
    "RunDatasets",
    "Sources",
    "Task",
    "UploadedData",
    "by_key",
    "find",
    "mentioned",
    "of",
    "unavailable",
]
