"""What P2N keeps on disk, and its removal."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from .base import Schema


class StorageKind(StrEnum):
    """`wheels` is the cache of packages that environments are made from: one item, `cache`."""

    RUN = "run"
    ENVIRONMENT = "environment"
    DATASET = "dataset"
    UPLOAD = "upload"
    PAPER = "paper"
    IMAGE = "image"
    WHEELS = "wheels"


class StorageKey(Schema):
    kind: StorageKind
    id: str = Field(min_length=1, max_length=80)


class StorageItem(StorageKey):
    label: str
    size_bytes: int | None = Field(default=None, ge=0, description="on disk; null where not measured yet")
    created_at: datetime | None = None
    last_used_at: datetime | None = None
    in_use: bool = Field(default=False, description="can't be removed now")


class StorageGroup(Schema):
    """One kind. A file that several environments share counts once here, and for each of them in its item."""

    kind: StorageKind
    count: int = Field(ge=0)
    size_bytes: int | None = Field(default=None, ge=0)


class Storage(Schema):
    """`items` holds the largest thousand; `measuring`: sizes on the Docker Engine are being looked up, ask again."""

    groups: list[StorageGroup]
    items: list[StorageItem]
    measured_at: datetime | None = None
    measuring: bool = False
    free_bytes: int = Field(ge=0, description="free where the data folder lies")
    engine_free_bytes: int | None = Field(
        default=None, ge=0, description="free where the Docker Engine keeps things"
    )
    problem: str = Field(
        default="", description="why a part is missing here, such as a Docker Engine that is away"
    )


class StorageDeletion(Schema):
    items: list[StorageKey] = Field(min_length=1, max_length=1000)


class StorageKept(StorageKey):
    reason: str


class StorageRemoval(Schema):
    """`freed_bytes`: what cached wheels or other environments share with an environment comes free with them only."""

    deleted: list[StorageKey]
    kept: list[StorageKept]
    freed_bytes: int = Field(ge=0)
