"""P2N, the Jupyter Server extension: paper in, verdict out."""

from __future__ import annotations

from typing import Any

from ._release import VERSION as __version__


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .app import P2NApp

    return [{"module": "p2n_ext", "app": P2NApp}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "p2n"}]


__all__ = ["__version__"]
