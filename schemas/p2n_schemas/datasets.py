"""A person's own data: what was uploaded, what was found in it, and how a plan is bound to it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from .base import Schema

NOT_STATED = "not stated"
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class ColumnType(StrEnum):
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    OTHER = "other"


class Column(Schema):
    """One column, as far as the file tells without being run through a data library."""

    name: str
    type: ColumnType
    missing: int | None = Field(default=None, ge=0, description="rows without a value; null where unknown")
    values: list[str] | None = Field(
        default=None, description="the distinct values, sorted; null where there are many, or none was read"
    )
    distinct: int | None = Field(default=None, description="how many distinct values, counted up to 1000")


class DataFile(Schema):
    """One csv or parquet file of an uploaded dataset."""

    path: str = Field(description="relative to the dataset's folder")
    format: Literal["csv", "parquet"]
    size_bytes: int = Field(ge=0)
    rows: int = Field(ge=0)
    columns: list[Column]
    delimiter: str | None = Field(default=None, description="of a csv file")


class UploadedDataset(Schema):
    """A dataset that a person brought along; the same bytes give the same dataset."""

    id: str
    name: str = Field(pattern=NAME_PATTERN, description="a run finds it at $P2N_DATA/<name>")
    filename: str
    format: Literal["csv", "parquet", "zip"]
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    files: list[DataFile] = Field(min_length=1)
    rows: int | None = Field(description="of its only file; null where there are several")
    columns: list[Column] = Field(description="of its only file; empty where there are several")
    licence: str = Field(default=NOT_STATED, description="as the person states it")
    source: str = Field(default=NOT_STATED, description="as the person states it")
    created_at: datetime


class DatasetCreated(Schema):
    dataset: UploadedDataset
    created: bool = Field(description="false: these bytes were known already")


class DatasetList(Schema):
    datasets: list[UploadedDataset]


class DatasetBinding(Schema):
    """Run the paper's claims about one dataset on an uploaded one."""

    dataset_id: str
    stands_for: str = Field(
        min_length=1,
        max_length=200,
        description="the dataset's name in the paper; claims about it become runnable",
    )
    target: str = Field(min_length=1, description="the column to predict")
    features: list[str] | None = Field(
        default=None, min_length=1, max_length=2000, description="null: all other columns that can be used"
    )
    task: Literal["classification", "regression"] | None = Field(
        default=None, description="null: read from the target column, and the plan says so"
    )
    classes: list[str] | None = Field(
        default=None,
        min_length=2,
        max_length=200,
        description="the target's values; needed only where the file does not tell them (parquet)",
    )
    file: str | None = Field(default=None, description="which file of a zip; null where there is one only")
    same_data: bool = Field(
        default=False,
        description="the person asserts that this is the paper's own data; else the plan is a proxy",
    )


class BoundUpload(Schema):
    """How a plan's notebook reads an uploaded dataset."""

    dataset_id: str
    filename: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of the uploaded file")
    size_bytes: int = Field(ge=0)
    path: str = Field(
        min_length=1, max_length=300, description="the file read, relative to the dataset's folder"
    )
    format: Literal["csv", "parquet"]
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    rows: int = Field(ge=1)
    complete_rows: int = Field(
        ge=0, description="at least so many rows have no missing value in a used column"
    )
    target: str = Field(min_length=1)
    features: list[str] = Field(min_length=1)
    encoded: list[str] = Field(default_factory=list, description="text features, one column a value")
    width: int = Field(ge=1, description="columns once text features are encoded")
    task: Literal["classification", "regression"]
    classes: list[str] = Field(default_factory=list, description="empty for regression")
    same_data: bool = False
