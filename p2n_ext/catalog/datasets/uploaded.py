"""A person's own data in a plan: how its file comes into the container, and the cell that reads it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.resources import files

from p2n_schemas.datasets import NOT_STATED, BoundUpload
from p2n_schemas.plans import DatasetSpec
from p2n_schemas.runs import DatasetFile, DatasetMount

from ..names import fold
from ..uploads.delimited import MISSING
from .base import Dataset, listed, quoted
from .sources import Sources


@dataclass(frozen=True, kw_only=True)
class UploadedData(Dataset):
    """Data that a person brought along, bound to a plan."""

    bound: BoundUpload

    @classmethod
    def of(cls, spec: DatasetSpec, bound: BoundUpload) -> UploadedData:
        packages = ("pandas", "numpy", *(("pyarrow",) if bound.format == "parquet" else ()))
        return cls(
            key=spec.name,
            title=spec.title,
            task=bound.task,
            rows=bound.complete_rows,
            columns=bound.width,
            classes=tuple(bound.classes),
            source=spec.source,
            licence=spec.licence,
            license_compliant=spec.licence != NOT_STATED,
            licence_note="whoever uploaded the data stated no licence",
            aliases=(re.escape(fold(spec.named_in_paper_as)),),
            requirements=packages,
            bound=bound,
        )

    @property
    def uploaded(self) -> BoundUpload:
        return self.bound

    def mount(self, sources: Sources | None = None) -> DatasetMount:
        bound = self.bound
        return mount_of(self.key, bound.dataset_id, bound.filename, bound.sha256, bound.size_bytes)

    def imports(self) -> tuple[str, ...]:
        return ("import os", "import numpy as np", "import pandas as pd", "from pathlib import Path")

    def load_cell(self, positive: str | None) -> str:
        bound = self.bound
        lines = [
            "# in P2N's sandbox the data stands in $P2N_DATA; elsewhere, put it into a folder data beside this notebook",
            f'folder = Path(os.environ.get("P2N_DATA", "data")) / {quoted(self.key)}',
            f"TARGET = {quoted(bound.target)}",
            *listed("FEATURES", bound.features),
            *self._read(),
            f"assert len(frame) == {bound.rows}, len(frame)",
            "complete = frame[[*FEATURES, TARGET]].dropna()",
            'print(f"{len(complete)} of {len(frame)} rows have no missing value; the others are left out")',
            *self._features(),
        ]
        if bound.task == "classification":
            lines += listed("CLASSES", bound.classes)
            lines.append("codes = {name: code for code, name in enumerate(CLASSES)}")
            lines.append("y = complete[TARGET].astype(str).map(codes).to_numpy(dtype=int)")
        else:
            lines.append("y = complete[TARGET].to_numpy(dtype=float)")
        return "\n".join([*lines, *self.classes_lines(positive)])

    def _read(self) -> list[str]:
        bound = self.bound
        place = f"folder / {quoted(bound.path)}"
        if bound.format == "parquet":
            return [f"frame = pd.read_parquet({place})"]
        # labels stay the text that stands in the file: 1 and 1.0 are not the same label
        texts = [*bound.encoded, *([bound.target] if bound.task == "classification" else [])]
        return [
            *listed("MISSING", MISSING),
            *listed("TEXTS", texts),
            "frame = pd.read_csv(",
            f"    {place},",
            f"    sep={json.dumps(bound.delimiter or ',')},",
            "    na_values=MISSING,",
            "    keep_default_na=False,",
            "    dtype={name: str for name in TEXTS},",
            ")",
        ]

    def _features(self) -> list[str]:
        if not self.bound.encoded:
            return ["X = complete[FEATURES].to_numpy(dtype=float)"]
        return [
            *listed("ENCODED", self.bound.encoded),
            "# a column of 0 and 1 for each value of a text feature",
            "encoded = pd.get_dummies(complete[FEATURES], columns=ENCODED, dtype=float)",
            "X = encoded.to_numpy(dtype=float)",
        ]


def mount_of(name: str, dataset_id: str, filename: str, sha256: str, size_bytes: int) -> DatasetMount:
    """How a run gets an upload: the file itself, unpacked where it is a zip, below $P2N_DATA/<name>."""
    unpacking = files("p2n_ext.catalog.uploads").joinpath("archive.py").read_text(encoding="utf-8")
    if filename.lower().endswith(".zip"):
        loader = f'{unpacking}\n\nunpack(os.environ["P2N_SOURCE"], os.environ["P2N_DATA"])\n'
    else:
        loader = _COPY.format(filename=quoted(filename))
    return DatasetMount(
        name=name,
        loader=loader,
        needs_environment=False,
        file=DatasetFile(
            filename=filename, url=f"dataset:{dataset_id}", sha256=sha256, size_bytes=size_bytes
        ),
    )


_COPY = """\
import os
import shutil

shutil.copyfile(os.environ["P2N_SOURCE"], os.path.join(os.environ["P2N_DATA"], {filename}))
"""
