"""Datasets that a notebook can load, with what is known of each: size, licence, aliases, digest."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Literal

from p2n_schemas.runs import DatasetMount

from .names import fold, match

Task = Literal["classification", "regression"]

_UCI = "UCI Machine Learning Repository, as bundled with scikit-learn"
_CC_BY = "CC BY 4.0 (as the UCI Machine Learning Repository states)"


@dataclass(frozen=True)
class Dataset:
    """One dataset.

    `aliases` and `qualifiers` are regular expressions over folded names (`names.fold`). `doubtful` aliases are shared
    with other datasets: they count only if one of the `signs` stands in the paper. `digest` is the SHA-256 of the
    features then the target, both rounded to 6 decimals, as little-endian float64.
    """

    key: str
    title: str
    function: str
    task: Task
    rows: int
    columns: int
    classes: tuple[str, ...]
    source: str
    licence: str
    license_compliant: bool
    licence_note: str
    digest: str
    aliases: tuple[str, ...]
    doubtful: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    qualifiers: tuple[str, ...] = ()
    positive: str | None = None
    positive_note: str = ""
    part_of: str | None = None
    whole_rows: int | None = None
    requirements: tuple[str, ...] = field(default=("scikit-learn", "numpy"))

    def imports(self) -> tuple[str, ...]:
        return ("import numpy as np", f"from sklearn.datasets import {self.function}")

    def load_cell(self, positive: str | None) -> str:
        """Readable code that binds X, y and CLASSES (None for regression); it stops on data of another shape."""
        lines = [f"data = {self.function}()", "X, y = data.data, data.target"]
        lines.append(f"assert X.shape == ({self.rows}, {self.columns}), X.shape")
        if self.task == "classification":
            lines.append(f"CLASSES = {list(self.classes)!r}".replace("'", '"'))
            if positive is not None:
                lines.append(f'POSITIVE = CLASSES.index("{positive}")')
            lines.append('print(f"{len(X)} rows, {X.shape[1]} features, {len(CLASSES)} classes")')
            lines.append("for code, count in enumerate(np.bincount(y)):")
            lines.append('    print(f"  {CLASSES[code]}: {count}")')
        else:
            lines.append("CLASSES = None")
            lines.append(
                'print(f"{len(X)} rows, {X.shape[1]} features, target from {y.min():g} to {y.max():g}")'
            )
        return "\n".join(lines)

    def manifest(self) -> bytes:
        """What the loader leaves as manifest.json."""
        facts = {
            "name": self.key,
            "rows": self.rows,
            "sha256": self.digest,
            "source": f"sklearn.datasets.{self.function}",
        }
        return json.dumps(facts, sort_keys=True).encode() + b"\n"

    def mount(self) -> DatasetMount:
        """What the worker's datasets phase does: bundled data needs no fetching, only its digest checked.

        The expected digest is that of the tree which the loader writes: path, a zero byte, the size as 8 bytes big
        endian, then the bytes, for each file.
        """
        manifest = self.manifest()
        tree = b"manifest.json\0" + len(manifest).to_bytes(8, "big") + manifest
        return DatasetMount(
            name=self.key,
            loader=_LOADER.format(
                function=self.function,
                key=self.key,
                digest=self.digest,
                manifest=json.dumps(manifest.decode()),
            ),
            sha256=hashlib.sha256(tree).hexdigest(),
            needs_network=False,
        )


_LOADER = """\
# Check the bundled {key} data and leave a manifest of it in $P2N_DATA, the dataset's own folder.
import hashlib
import os
import pathlib

import numpy as np
from sklearn.datasets import {function}

MANIFEST = {manifest}

data = {function}()
parts = [np.ascontiguousarray(np.round(np.asarray(a, "<f8"), 6) + 0.0) for a in (data.data, data.target)]
digest = hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
if digest != "{digest}":
    raise SystemExit("the bundled {key} data has the digest " + digest + ", expected {digest}")
pathlib.Path(os.environ["P2N_DATA"], "manifest.json").write_bytes(MANIFEST.encode())
"""

IRIS = Dataset(
    key="iris",
    title="Iris",
    function="load_iris",
    task="classification",
    rows=150,
    columns=4,
    classes=("setosa", "versicolor", "virginica"),
    source=f"{_UCI} (two rows as in Fisher's paper, unlike UCI's file)",
    licence=_CC_BY,
    license_compliant=True,
    licence_note="doi:10.24432/C56C76",
    digest="18565d0da72dafd52595fe48b03ca9b06dfc2c05d0c4c155576631d0aae8eb7e",
    aliases=("iris",),
    qualifiers=("fisher s", "fisher", "flower", "flowers", "plants", "plant", "uci"),
)
WINE = Dataset(
    key="wine",
    title="Wine",
    function="load_wine",
    task="classification",
    rows=178,
    columns=13,
    classes=("class_0", "class_1", "class_2"),
    source=_UCI,
    licence=_CC_BY,
    license_compliant=True,
    licence_note="doi:10.24432/C5PC7J",
    digest="c7e84e8e03b2b5a354287416d84d08945318450658a22a63c39973d8306c2ca4",
    aliases=("wine",),
    qualifiers=("recognition", "cultivars", "uci"),
)
BREAST_CANCER = Dataset(
    key="breast_cancer",
    title="Breast Cancer Wisconsin (Diagnostic)",
    function="load_breast_cancer",
    task="classification",
    rows=569,
    columns=30,
    classes=("malignant", "benign"),
    source=_UCI,
    licence=_CC_BY,
    license_compliant=True,
    licence_note="doi:10.24432/C5DW2B",
    digest="16657220425215d369fdd9e71a6cdfb1b419e41828059f3974420b05b8033739",
    aliases=(
        "wdbc",
        "wisconsin diagnostic(?: breast cancer)?",
        "(?:breast cancer wisconsin|wisconsin breast cancer) diagnostic",
        "breast cancer diagnostic wisconsin",
        "diagnostic wisconsin breast cancer",
        "breast cancer wisconsin",
        "diagnostic breast cancer",
    ),
    doubtful=("wisconsin breast cancer", "breast cancer", "wisconsin", "wbcd", "bcw", "cancer"),
    signs=(r"wdbc", r"wisconsin\s+diagnostic", r"\(diagnostic\)", r"\b569\b", r"load_breast_cancer"),
    qualifiers=("uci", "breast cancer", "wisconsin", "diagnostic"),
    positive="malignant",
    positive_note="in diagnosis the disease is the positive finding",
)
DIGITS = Dataset(
    key="digits",
    title="Optical Recognition of Handwritten Digits, test part",
    function="load_digits",
    task="classification",
    rows=1797,
    columns=64,
    classes=tuple(str(digit) for digit in range(10)),
    source=_UCI,
    licence=_CC_BY,
    license_compliant=True,
    licence_note="doi:10.24432/C50P49",
    digest="f19a7d92591ca0a1ffc65ec172e8149afdff995e0d2c4cb0afd151f38471ff90",
    aliases=("opt ?digits", "optical recognition(?: of)? handwritten digits", "load_digits"),
    doubtful=("(?:handwritten |hand written )?digits", "pen digits"),
    signs=(r"\b1,?797\b", r"opt-?digits", r"load_digits", r"8\s*[×x]\s*8"),
    qualifiers=("uci", "scikit learn", "sklearn", "8x8"),
    part_of="optdigits",
    whole_rows=5620,
)
DIABETES = Dataset(
    key="diabetes",
    title="Diabetes (Efron et al.)",
    function="load_diabetes",
    task="regression",
    rows=442,
    columns=10,
    classes=(),
    source="Efron, Hastie, Johnstone and Tibshirani (2004), as bundled with scikit-learn",
    licence="not stated",
    license_compliant=False,
    licence_note="neither the authors' page nor scikit-learn states a licence for the data",
    digest="b4abe7fbf9ac67a5594dcaf7a961bfe657759d6c192c09e1f317b6dedb160a86",
    aliases=("load_diabetes",),
    doubtful=("diabetes",),
    signs=(r"\b442\b", r"load_diabetes", r"least\s+angle\s+regression"),
    qualifiers=("scikit learn", "sklearn", "efron", "lars"),
)
LINNERUD = Dataset(
    key="linnerud",
    title="Linnerud",
    function="load_linnerud",
    task="regression",
    rows=20,
    columns=3,
    classes=(),
    source="Tenenhaus (1998), as bundled with scikit-learn",
    licence="not stated",
    license_compliant=False,
    licence_note="scikit-learn states no licence for the data",
    digest="c266745f3efea8e5fdfea31d200c148d033d2350cefc2d160343e8324478d7e2",
    aliases=("linnerud", "linnerrud"),
)

ALL = (IRIS, WINE, BREAST_CANCER, DIGITS, DIABETES, LINNERUD)


def by_key(key: str) -> Dataset:
    """Raises KeyError for a name that the catalogue does not have."""
    for dataset in ALL:
        if dataset.key == key:
            return dataset
    raise KeyError(key)


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


def mentioned(sentence: str, dataset: Dataset) -> bool:
    """Whether a sentence names the dataset by an alias of its own."""
    folded = fold(sentence)
    return any(re.search(rf"(?<!\w){alias}(?!\w)", folded) for alias in dataset.aliases)
