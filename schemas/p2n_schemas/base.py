"""What every schema shares: the strict base model, times and canonical JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """A closed, immutable model: an unknown field is an error, never dropped in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def utc_now() -> datetime:
    """The present moment in UTC, with microseconds."""
    return datetime.now(UTC)


def canonical_json(value: Any) -> bytes:
    """JSON of which equal values give equal bytes: sorted keys, no spaces, UTF-8, no NaN.

    Raises ValueError on NaN or infinity (they are not JSON, RFC 8259 section 6).
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
