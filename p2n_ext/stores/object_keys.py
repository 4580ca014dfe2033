"""Which names objects may have, in every store."""

from __future__ import annotations

from pathlib import PurePosixPath


def checked(key: str) -> str:
    """The key itself. Raises ValueError where it would leave its folder, or hide in it."""
    parts = PurePosixPath(key).parts
    if not parts or any(part in ("..", "/", ".") or part.startswith(".") for part in parts):
        raise ValueError(f"not an object key: {key!r}")
    return "/".join(parts)
