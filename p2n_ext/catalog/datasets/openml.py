"""Tables of OpenML, by number: the ARFF file as it is there, read with SciPy."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any

from .base import listed, quoted
from .fetched import NOT_STATED, FetchedData
from .sources import Sources

CC_BY = "CC BY 4.0 (as the UCI Machine Learning Repository states)"
_WHO_STATES_IT = "named by the repository's donation policy, and by projects that use this dataset"
_CHECKED = "MD5 as OpenML's description of the dataset states it; the first fetch is recorded, later ones must equal it"
_MISSING = ("what is done about missing values", "rows with a missing value are left out")
_ENCODED = ("how nominal features are encoded", "a column of 0 and 1 for each value")


def uci_note(doi: str) -> str:
    """What is known of `CC_BY` for the dataset of the UCI repository with this DOI."""
    return f"doi:{doi}; {_WHO_STATES_IT}"


@dataclass(frozen=True, kw_only=True)
class OpenMLTable(FetchedData):
    """A dataset of OpenML; `columns` counts its features before nominal ones are encoded."""

    number: int
    target: str = "class"
    leave_out: tuple[str, ...] = ()
    checksum: str = _CHECKED
    requirements: tuple[str, ...] = ("scikit-learn", "pandas", "numpy")

    def steps(self, sources: Sources) -> list[dict[str, Any]]:
        step = {"kind": "openml", "base": sources.base("openml"), "id": self.number}
        return [step | {"name": "data.arff", "most": self.most_bytes}]

    def imports(self) -> tuple[str, ...]:
        return (
            "import os",
            "import numpy as np",
            "import pandas as pd",
            "from pathlib import Path",
            "from scipy.io import arff",
        )

    def load_cell(self, positive: str | None) -> str:
        left = [self.target, *self.leave_out]
        lines = [
            f"# dataset {self.number} of OpenML",
            self.folder_line(),
            'records, _ = arff.loadarff(folder / "data.arff")',
            "table = pd.DataFrame(records)",
            'texts = table.select_dtypes("object").columns',
            'table[texts] = table[texts].apply(lambda column: column.str.decode("utf-8").str.strip("\'\\""))',
            f"assert table.shape == ({self.rows}, {self.columns + len(left)}), table.shape",
            'complete = table.mask(table == "?").dropna()',
            'print(f"{len(complete)} of {len(table)} rows have no missing value")',
            *listed("NO_FEATURES", left),
            "# a column of 0 and 1 for each value of a nominal feature",
            "X = pd.get_dummies(complete.drop(columns=NO_FEATURES), dtype=float).to_numpy()",
        ]
        target = f"complete[{quoted(self.target)}]"
        if self.task == "regression":
            lines.append(f"y = {target}.to_numpy(dtype=float)")
        else:
            lines += listed("CLASSES", self.classes)
            lines.append(f"assert set({target}) == set(CLASSES), set({target})")
            lines.append(f"y = {target}.map(CLASSES.index).to_numpy(dtype=int)")
        return "\n".join([*lines, *self.classes_lines(positive)])


def _table(
    number: int,
    key: str,
    title: str,
    rows: int,
    columns: int,
    classes: tuple[str, ...],
    doi: str,
    aliases: tuple[str, ...],
    *,
    size: int,
    missing: bool = False,
    nominal: bool = False,
    **more: Any,
) -> OpenMLTable:
    """A dataset of the UCI repository, with its copy at OpenML."""
    about: dict[str, Any] = {"licence": CC_BY, "license_compliant": True, "licence_note": uci_note(doi)}
    choices = (*((_MISSING,) if missing else ()), *((_ENCODED,) if nominal else ()))
    return OpenMLTable(
        key=key,
        title=title,
        task="classification",
        rows=rows,
        columns=columns,
        classes=classes,
        number=number,
        source=f"UCI Machine Learning Repository, from OpenML: dataset {number}",
        size_bytes=size,
        aliases=aliases,
        choices=choices,
        **(about | {"qualifiers": ("uci", "statlog", "openml", "original")} | more),
    )


_DIGITS = tuple(str(digit) for digit in range(10))

ADULT = _table(
    1590,
    "adult",
    "Adult (Census Income)",
    48_842,
    14,
    ("<=50K", ">50K"),
    "10.24432/C5XW20",
    ("adult census(?: income)?", "census income", "uci adult"),
    doubtful=("adult",),
    signs=(r"\bUCI\b", r"\bcensus\b", r"48,?842", r"32,?561"),
    size=5_300_000,
    missing=True,
    nominal=True,
    positive=">50K",
    positive_note="the class whose prediction the dataset was made for",
)
OPTDIGITS = _table(
    28,
    "optdigits",
    "Optical Recognition of Handwritten Digits",
    5620,
    64,
    _DIGITS,
    "10.24432/C50P49",
    ("opt ?digits", "optical recognition(?: of)? handwritten digits"),
    size=900_000,
    input="image",
    image=(1, 8, 8),
)
PENDIGITS = _table(
    32,
    "pendigits",
    "Pen-Based Recognition of Handwritten Digits",
    10_992,
    16,
    _DIGITS,
    "10.24432/C5MG6K",
    ("pen ?digits", "pen based(?: recognition(?: of)? handwritten digits)?"),
    size=600_000,
)
LETTER = _table(
    6,
    "letter",
    "Letter Recognition",
    20_000,
    16,
    tuple(string.ascii_uppercase),
    "10.24432/C5ZP40",
    ("letter recognition",),
    doubtful=("letters?",),
    signs=(r"\bUCI\b", r"letter\s+recognition", r"\bstatlog\b"),
    size=800_000,
)
GERMAN = _table(
    31,
    "credit_g",
    "German Credit",
    1000,
    20,
    ("good", "bad"),
    "10.24432/C5NC77",
    ("german credit", "credit g"),
    doubtful=("german",),
    signs=(r"\bUCI\b", r"\bcredit\b", r"\bstatlog\b"),
    size=200_000,
    nominal=True,
)
IONOSPHERE = _table(
    59, "ionosphere", "Ionosphere", 351, 34, ("b", "g"), "10.24432/C5W01B", ("ionosphere",), size=100_000
)
SONAR = _table(
    40,
    "sonar",
    "Sonar, Mines vs. Rocks",
    208,
    60,
    ("Rock", "Mine"),
    "10.24432/C5T01Q",
    ("sonar",),
    size=100_000,
    target="Class",
)
SPAMBASE = _table(
    44, "spambase", "Spambase", 4601, 57, ("0", "1"), "10.24432/C53G6X", ("spam ?base",), size=800_000
)
BREAST_W = _table(
    15,
    "breast_w",
    "Breast Cancer Wisconsin (Original)",
    699,
    9,
    ("benign", "malignant"),
    "10.24432/C5HP4Z",
    ("breast cancer wisconsin original", "wisconsin breast cancer original", "breast w"),
    doubtful=("wisconsin breast cancer", "breast cancer", "wisconsin", "wbcd?", "bcw"),
    signs=(r"\b699\b", r"\b683\b", r"Wisconsin\s+\(?Original"),
    size=40_000,
    missing=True,
    target="Class",
    positive="malignant",
    positive_note="in diagnosis the disease is the positive finding",
)
VEHICLE = _table(
    54,
    "vehicle",
    "Vehicle Silhouettes",
    846,
    18,
    ("opel", "saab", "bus", "van"),
    "10.24432/C5HG6N",
    ("vehicles? silhouettes",),
    doubtful=("vehicles?",),
    signs=(r"\bUCI\b", r"\bsilhouettes?\b", r"\bstatlog\b"),
    size=80_000,
    target="Class",
)
BANKNOTE = _table(
    1462,
    "banknote",
    "Banknote Authentication",
    1372,
    4,
    ("1", "2"),
    "10.24432/C55P57",
    ("bank ?notes?(?: authentication)?",),
    size=80_000,
    target="Class",
)
MUSHROOM = _table(
    24,
    "mushroom",
    "Mushroom",
    8124,
    22,
    ("e", "p"),
    "10.24432/C5959T",
    ("agaricus lepiota", "mushrooms?"),
    size=1_200_000,
    missing=True,
    nominal=True,
)
KR_VS_KP = _table(
    3,
    "kr_vs_kp",
    "Chess (King-Rook vs. King-Pawn)",
    3196,
    36,
    ("won", "nowin"),
    "10.24432/C5DK5C",
    ("kr vs kp",),
    doubtful=("chess",),
    signs=(r"\bUCI\b", r"kr-?vs-?kp"),
    size=400_000,
    nominal=True,
    qualifiers=("uci", "king rook vs\\.? king pawn"),
)
TIC_TAC_TOE = _table(
    50,
    "tic_tac_toe",
    "Tic-Tac-Toe Endgame",
    958,
    9,
    ("negative", "positive"),
    "10.24432/C5688J",
    ("tic tac toe(?: endgame)?",),
    size=60_000,
    nominal=True,
    target="Class",
    positive="positive",
    positive_note="the class is called positive",
)
SATIMAGE = _table(
    182,
    "satimage",
    "Landsat Satellite",
    6430,
    36,
    ("1.", "2.", "3.", "4.", "5.", "7."),
    "10.24432/C55887",
    ("sat ?image", "landsat satellite"),
    doubtful=("landsat", "satellite(?: image)?"),
    signs=(r"\bUCI\b", r"\bstatlog\b", r"\bsat-?image\b"),
    size=900_000,
)
PIMA = _table(
    37,
    "pima",
    "Pima Indians Diabetes",
    768,
    8,
    ("tested_negative", "tested_positive"),
    "none",
    ("pima(?: indians?)?(?: diabetes)?", "pid"),
    doubtful=("diabetes",),
    signs=(r"\bPima\b", r"\b768\b"),
    size=40_000,
    licence=NOT_STATED,
    license_compliant=False,
    licence_note="none was found but OpenML's label “public” for its older datasets, which has no text",
    positive="tested_positive",
    positive_note="in diagnosis the disease is the positive finding",
)
ALL: tuple[FetchedData, ...] = (
    ADULT,
    OPTDIGITS,
    PENDIGITS,
    LETTER,
    GERMAN,
    IONOSPHERE,
    SONAR,
    SPAMBASE,
    BREAST_W,
    VEHICLE,
    BANKNOTE,
    MUSHROOM,
    KR_VS_KP,
    TIC_TAC_TOE,
    SATIMAGE,
    PIMA,
)
