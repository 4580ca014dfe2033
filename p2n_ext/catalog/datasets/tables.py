"""Tables fetched from a direct address, each with the checksum that scikit-learn states for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .base import listed, quoted
from .fetched import NOT_STATED, FetchedData
from .openml import CC_BY, uci_note
from .sources import Sources


@dataclass(frozen=True, kw_only=True)
class DirectTable(FetchedData):
    """One file and the lines of code that read it into `X` and `y`."""

    source_name: str
    address: str
    filename: str
    sha256: str
    reading: str
    more_imports: tuple[str, ...] = ()
    checksum: str = "SHA-256 of the file, as scikit-learn states it"

    def steps(self, sources: Sources) -> list[dict[str, Any]]:
        url = f"{sources.base(self.source_name)}/{self.address}"
        step = {"kind": "file", "url": url, "name": self.filename, "sha256": self.sha256}
        return [step | {"most": self.most_bytes}]

    def imports(self) -> tuple[str, ...]:
        return ("import os", "import numpy as np", "from pathlib import Path", *self.more_imports)

    def load_cell(self, positive: str | None) -> str:
        lines = [self.folder_line(), f"path = folder / {quoted(self.filename)}", self.reading]
        lines.append(f"assert X.shape == ({self.rows}, {self.columns}), X.shape")
        if self.classes:
            lines += listed("CLASSES", self.classes)
        return "\n".join([*lines, *self.classes_lines(positive)])


CALIFORNIA = DirectTable(
    key="california_housing",
    title="California Housing",
    task="regression",
    rows=20_640,
    columns=8,
    classes=(),
    source="Pace and Barry (1997), from where scikit-learn fetches it",
    licence=NOT_STATED,
    license_compliant=False,
    licence_note="scikit-learn, which names StatLib as the source, states none for the data",
    size_bytes=441_963,
    source_name="figshare",
    address="5976036",
    filename="cal_housing.tgz",
    sha256="aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681",
    more_imports=("import tarfile",),
    reading="""\
with tarfile.open(path) as archive:
    table = np.loadtxt(archive.extractfile("CaliforniaHousing/cal_housing.data"), delimiter=",")
longitude, latitude, age, rooms, bedrooms, people, households, income, value = table.T
# scikit-learn's features: rooms, bedrooms and people per household; the target in 100,000 dollars
X = np.column_stack(
    [
        income,
        age,
        rooms / households,
        bedrooms / households,
        people,
        people / households,
        latitude,
        longitude,
    ]
)
y = value / 100_000""",
    choices=(
        ("which features are used", "scikit-learn's eight: rooms, bedrooms and people per household"),
        ("the target's unit", "100,000 dollars, as scikit-learn has it"),
    ),
    aliases=("california housing", "cal ?housing", "california house prices?"),
    doubtful=("california",),
    signs=(r"california\s+hous", r"20,?640"),
    qualifiers=("prices?", "houses?"),
)
COVTYPE = DirectTable(
    key="covtype",
    title="Forest Cover Type",
    task="classification",
    rows=581_012,
    columns=54,
    classes=(
        "Spruce/Fir",
        "Lodgepole Pine",
        "Ponderosa Pine",
        "Cottonwood/Willow",
        "Aspen",
        "Douglas-fir",
        "Krummholz",
    ),
    source="UCI Machine Learning Repository, from where scikit-learn fetches it",
    licence=CC_BY,
    license_compliant=True,
    licence_note=uci_note("10.24432/C50K5N"),
    size_bytes=11_240_707,
    source_name="figshare",
    address="5976039",
    filename="covtype.data.gz",
    sha256="614360d0257557dd1792834a85a1cdebfadc3c4f30b011d56afee7ffb5b15771",
    reading="""\
table = np.loadtxt(path, delimiter=",")
X, y = table[:, :-1], table[:, -1].astype(int) - 1""",
    aliases=("cov ?type", "(?:forest )?cover ?type(?:s)?"),
    qualifiers=("uci", "forest"),
)
ALL: tuple[FetchedData, ...] = (CALIFORNIA, COVTYPE)
