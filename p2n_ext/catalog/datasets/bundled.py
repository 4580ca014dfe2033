"""The catalogue's own datasets: data that comes inside packages, checked by its digest."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass

from p2n_schemas.runs import DatasetMount

from .base import Dataset, listed
from .sources import Sources

_UCI = "UCI Machine Learning Repository, as bundled with scikit-learn"
_CC_BY = "CC BY 4.0 (as the UCI Machine Learning Repository states)"


@dataclass(frozen=True, kw_only=True)
class BundledData(Dataset):
    """Data inside a package.

    `digest` is the SHA-256 of the features then the target, both rounded to 6 decimals, as little-endian float64.
    `tree` is the digest of what the loader writes (see `ray_runner/guest/build_dataset.py`): it makes the data's place
    in the cache depend on the data alone, not on the environment that wrote it.
    """

    digest: str
    tree: str
    targets: tuple[str, ...] = ("target",)

    @property
    @abstractmethod
    def origin(self) -> str:
        """Where the data comes from, as an importable name."""

    @abstractmethod
    def loading(self) -> str:
        """Loader source that binds `names`, X and y."""

    def mount(self, sources: Sources | None = None) -> DatasetMount:
        facts = {"name": self.key, "rows": self.rows, "sha256": self.digest, "source": self.origin}
        facts |= {"file": "data.csv", "targets": list(self.targets)}
        loader = _LOADER.format(
            key=self.key,
            imports="\n".join(line for line in self.imports() if line != "import numpy as np"),
            manifest=json.dumps(json.dumps(facts, sort_keys=True) + "\n"),
            loading=self.loading(),
            digest=self.digest,
            targets=json.dumps(self.targets),
            classes=json.dumps(self.classes),
        )
        return DatasetMount(name=self.key, loader=loader, sha256=self.tree, needs_network=False)


_LOADER = """\
# Check the data of {key} and write it to $P2N_DATA, the dataset's own folder.
import csv
import hashlib
import os
import pathlib

import numpy as np
{imports}

MANIFEST = {manifest}

{loading}
parts = [np.ascontiguousarray(np.round(np.asarray(a, "<f8"), 6) + 0.0) for a in (X, y)]
digest = hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
if digest != "{digest}":
    raise SystemExit("the data of {key} has the digest " + digest + ", expected {digest}")
classes = {classes}
folder = pathlib.Path(os.environ["P2N_DATA"])
with open(folder / "data.csv", "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file, lineterminator="\\n")
    writer.writerow([*names, *{targets}])
    for row, values in zip(X, y.reshape(len(y), -1)):
        cells = [classes[int(v)] if classes else f"{{v:.12g}}" for v in values]
        writer.writerow([*(f"{{v:.12g}}" for v in row), *cells])
(folder / "manifest.json").write_bytes(MANIFEST.encode())
"""


@dataclass(frozen=True, kw_only=True)
class SklearnData(BundledData):
    """Data that comes with scikit-learn."""

    function: str

    @property
    def origin(self) -> str:
        return f"sklearn.datasets.{self.function}"

    def imports(self) -> tuple[str, ...]:
        return ("import numpy as np", f"from sklearn.datasets import {self.function}")

    def loading(self) -> str:
        return (
            f"data = {self.function}()\n"
            "names, X, y = [str(name) for name in data.feature_names], data.data, data.target"
        )

    def load_cell(self, positive: str | None) -> str:
        lines = [f"data = {self.function}()", "X, y = data.data, data.target"]
        lines.append(f"assert X.shape == ({self.rows}, {self.columns}), X.shape")
        if self.classes:
            lines += listed("CLASSES", self.classes)
        return "\n".join([*lines, *self.classes_lines(positive)])


@dataclass(frozen=True, kw_only=True)
class PenguinData(BundledData):
    """The Palmer penguins, from the package of that name; rows without these columns' values are left out."""

    features: tuple[str, ...]
    requirements: tuple[str, ...] = ("palmerpenguins", "pandas", "numpy")

    @property
    def origin(self) -> str:
        return "palmerpenguins.load_penguins"

    def imports(self) -> tuple[str, ...]:
        return ("import numpy as np", "from palmerpenguins import load_penguins")

    def loading(self) -> str:
        lines = listed("names", self.features)
        lines.append(f'complete = load_penguins().dropna(subset=[*names, "{self.targets[0]}"])')
        lines.append("X = complete[names].to_numpy(dtype=float)")
        return "\n".join([*lines, self._target(json.dumps(self.classes))])

    def load_cell(self, positive: str | None) -> str:
        lines = [*listed("FEATURES", self.features)]
        if self.classes:
            lines += listed("CLASSES", self.classes)
        lines += [
            "penguins = load_penguins()",
            f'complete = penguins.dropna(subset=[*FEATURES, "{self.targets[0]}"])',
            'print(f"{len(complete)} of {len(penguins)} rows have no missing value")',
            "X = complete[FEATURES].to_numpy(dtype=float)",
            self._target("CLASSES"),
            f"assert X.shape == ({self.rows}, {self.columns}), X.shape",
        ]
        return "\n".join([*lines, *self.classes_lines(positive)])

    def _target(self, classes: str) -> str:
        column = f'complete["{self.targets[0]}"]'
        if self.classes:
            return f"y = np.array([{classes}.index(name) for name in {column}])"
        return f"y = {column}.to_numpy(dtype=float)"


IRIS = SklearnData(
    key="iris",
    title="Iris",
    function="load_iris",
    targets=("species",),
    task="classification",
    rows=150,
    columns=4,
    classes=("setosa", "versicolor", "virginica"),
    source=f"{_UCI} (two rows as in Fisher's paper, unlike UCI's file)",
    licence=_CC_BY,
    license_compliant=True,
    licence_note="doi:10.24432/C56C76",
    digest="18565d0da72dafd52595fe48b03ca9b06dfc2c05d0c4c155576631d0aae8eb7e",
    tree="07bd9cdc1aa9cccb829041cd1352da1fcbdba71afe0c6e7ed5842acb8ddc0084",
    aliases=("iris",),
    qualifiers=("fisher s", "fisher", "flower", "flowers", "plants", "plant", "uci"),
)
WINE = SklearnData(
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
    tree="14afa6841472b16834746901bc69d27ee4b345bc92ae07aeca090fe470dd38c6",
    aliases=("wine",),
    qualifiers=("recognition", "cultivars", "uci"),
)
BREAST_CANCER = SklearnData(
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
    tree="3aec767ba0c693194f1294bccfe524e729c13f1591845209f99355d6fa0c425c",
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
DIGITS = SklearnData(
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
    tree="9b1ed66733f9436440624eed938580c44b6d72c4abbf54371b373595f5aaeb74",
    aliases=("opt ?digits", "optical recognition(?: of)? handwritten digits", "load_digits"),
    doubtful=("(?:handwritten |hand written )?digits", "pen digits"),
    signs=(r"\b1,?797\b", r"opt-?digits", r"load_digits", r"8\s*[×x]\s*8"),
    qualifiers=("uci", "scikit learn", "sklearn", "8x8"),
    input="image",
    image=(1, 8, 8),
    part_of="optdigits",
    whole_rows=5620,
)
DIABETES = SklearnData(
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
    tree="e1a590e3966f3f7d55d8a95699a89c7c59f475f095556200f39b95dd784ba747",
    aliases=("load_diabetes",),
    doubtful=("diabetes",),
    signs=(r"\b442\b", r"load_diabetes", r"least\s+angle\s+regression"),
    qualifiers=("scikit learn", "sklearn", "efron", "lars"),
)
LINNERUD = SklearnData(
    key="linnerud",
    title="Linnerud",
    targets=("Weight", "Waist", "Pulse"),
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
    tree="0c2cfebe4053159f2aeeaed660ac08addba0749cb1ecd5363e72d25d3c1abab8",
    aliases=("linnerud", "linnerrud"),
)

_PENGUINS = "Gorman, Williams and Fraser (2014), as bundled with the package palmerpenguins"
_CC0 = "CC0 1.0 (as palmerpenguins and the Palmer Station LTER state)"
PENGUINS = PenguinData(
    key="penguins",
    title="Palmer Penguins: species",
    task="classification",
    rows=342,
    columns=4,
    classes=("Adelie", "Chinstrap", "Gentoo"),
    source=_PENGUINS,
    licence=_CC0,
    license_compliant=True,
    licence_note="doi:10.1371/journal.pone.0090081",
    digest="9c24eff792b59d03da539c1e5b11fa4cfa9288533f690ab8f74eb4509744abf4",
    tree="da9a1f265f3f4c4b1422e664ab0c6e1bab8f7f89e2bbc43fb9e958560fb6b1e1",
    features=("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"),
    targets=("species",),
    aliases=("penguins?",),
    qualifiers=("palmer", "archipelago", "antarctic", "species"),
)
PENGUIN_MASS = PenguinData(
    key="penguin_mass",
    title="Palmer Penguins: body mass",
    task="regression",
    rows=342,
    columns=3,
    classes=(),
    source=_PENGUINS,
    licence=_CC0,
    license_compliant=True,
    licence_note="doi:10.1371/journal.pone.0090081",
    digest="8b75cab90926ca266a89e788fa78a6052ef14b774ccdb26e8e08980aa362ff71",
    tree="786b8068f062d830f0fc594e1928cac7aa94be05de71288e081699e257d197f6",
    features=("bill_length_mm", "bill_depth_mm", "flipper_length_mm"),
    targets=("body_mass_g",),
    aliases=("penguins? body mass", "body mass penguins?", "penguin_mass"),
    qualifiers=("palmer", "archipelago", "antarctic"),
)

ALL: tuple[BundledData, ...] = (
    IRIS,
    WINE,
    BREAST_CANCER,
    DIGITS,
    PENGUINS,
    PENGUIN_MASS,
    DIABETES,
    LINNERUD,
)
