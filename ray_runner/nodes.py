"""Functions of this package by name, so that the server can have them called where containers and files are."""

from __future__ import annotations

import platform
from importlib import import_module
from typing import Any

from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError


def silent(node: str, error: BaseException) -> dict[str, Any]:
    """What stands for the result of a node that gave none."""
    info = ErrorInfo(
        code=ErrorCode.E_RAY_UNAVAILABLE,
        message=f"The node gave no answer: {type(error).__name__}.",
        remediation="Look at this node in the Ray dashboard; it may be gone, or lack a package that workers import.",
    )
    return {"node": node, "error": info.model_dump(mode="json")}


def call(function: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call `module:name` of this package here; arguments and result are what JSON can carry.

    Gives {"node", "result"}, or {"node", "error"} of a P2NError. Raises ValueError on what is not of this package.
    """
    module, _, name = function.partition(":")
    if not module.startswith("ray_runner.") or not name.isidentifier() or name.startswith("_"):
        raise ValueError(f"not a function of this package: {function!r}")
    node = platform.node()
    try:
        return {"node": node, "result": getattr(import_module(module), name)(**arguments)}
    except P2NError as error:
        return {"node": node, "error": error.info.model_dump(mode="json")}
