"""Data that comes inside mlxtend (BSD-3-Clause), so that it is there without any other source."""

from __future__ import annotations

from dataclasses import dataclass

from .base import listed
from .bundled import BundledData
from .fetched import NOT_STATED
from .images import MNIST
from .openml import CC_BY, uci_note


@dataclass(frozen=True, kw_only=True)
class MlxtendData(BundledData):
    """Data of mlxtend's module `data`; `features` name the columns of X after the line `then`."""

    function: str
    features: tuple[str, ...]
    then: str = ""
    requirements: tuple[str, ...] = ("mlxtend", "numpy")

    @property
    def origin(self) -> str:
        return f"mlxtend.data.{self.function}"

    def imports(self) -> tuple[str, ...]:
        return ("import numpy as np", f"from mlxtend.data import {self.function}")

    def loading(self) -> str:
        return "\n".join([*listed("names", self.features), *self._reading()])

    def load_cell(self, positive: str | None) -> str:
        lines = [*self._reading(), f"assert X.shape == ({self.rows}, {self.columns}), X.shape"]
        if self.classes:
            lines += listed("CLASSES", self.classes)
        return "\n".join([*lines, *self.classes_lines(positive)])

    def _reading(self) -> list[str]:
        return [f"X, y = {self.function}()", *([self.then] if self.then else [])]


AUTO_MPG = MlxtendData(
    key="auto_mpg",
    title="Auto MPG",
    function="autompg_data",
    features=(
        "cylinders",
        "displacement",
        "horsepower",
        "weight",
        "acceleration",
        "model_year",
        "origin",
    ),
    targets=("mpg",),
    then="X = X[:, :7]  # the last column is the car's name",
    task="regression",
    rows=392,
    columns=7,
    classes=(),
    source="UCI Machine Learning Repository, as bundled with mlxtend: without the 6 rows that have no horsepower",
    licence=CC_BY,
    license_compliant=True,
    licence_note=uci_note("10.24432/C5859H"),
    digest="1d1cf0bb70fb30529a7893b27516bcc61732cfb70b3c225c716fc9e092f63f22",
    tree="88be89837dc239e03beaf890689abe3bd65e453ad8f09c74a0e184ed3062f1e2",
    aliases=("auto ?mpg", "miles per gallon"),
    doubtful=("mpg", "cars?"),
    signs=(r"auto-?\s?mpg", r"miles per gallon"),
    qualifiers=("uci",),
)
BOSTON = MlxtendData(
    key="boston_housing",
    title="Boston Housing",
    function="boston_housing_data",
    features=(
        "CRIM",
        "ZN",
        "INDUS",
        "CHAS",
        "NOX",
        "RM",
        "AGE",
        "DIS",
        "RAD",
        "TAX",
        "PTRATIO",
        "B",
        "LSTAT",
    ),
    targets=("MEDV",),
    task="regression",
    rows=506,
    columns=13,
    classes=(),
    source="Harrison and Rubinfeld (1978), as bundled with mlxtend",
    licence=NOT_STATED,
    license_compliant=False,
    licence_note="none was found for the data; scikit-learn took it out: it calls its feature B an ethical problem",
    digest="a452688f7de3e21b6013d6c370ad53e04c3181c33ad9f0dd91b8b2f67317e787",
    tree="ca6ec1b6d3eb13986b73e0ee1e87892548cc9a7fc163f8f02c18912116a60ce5",
    aliases=("boston housing", "boston house prices?", "load_boston"),
    doubtful=("boston", "housing"),
    signs=(r"boston\s+hous", r"\b506\b"),
    qualifiers=("uci", "prices?"),
)
MNIST_5K = MlxtendData(
    key="mnist_5k",
    title="MNIST, 5000 of its training images",
    function="mnist_data",
    features=tuple(f"pixel_{number}" for number in range(784)),
    targets=("digit",),
    then="X = X / 255  # bytes as numbers from 0 to 1",
    task="classification",
    rows=5000,
    columns=784,
    classes=MNIST.classes,
    input="image",
    image=MNIST.image,
    source="LeCun, Cortes and Burges, 500 images of each digit, as bundled with mlxtend",
    licence=MNIST.licence,
    license_compliant=True,
    licence_note=MNIST.licence_note,
    digest="d4685550a78f9dcf339e727c221664d80b2e6daa3d2292e2c1ee0fe0c9ef13dc",
    tree="9db85a609ac117b13a20694d04f4b831592db92f3c9145939ef1fbe0de7cfc97",
    part_of="mnist",
    whole_rows=MNIST.rows,
    aliases=("mnist ?5k", "mnist_5k"),
)
ALL: tuple[BundledData, ...] = (AUTO_MPG, BOSTON, MNIST_5K)
