"""Requirements of a person's own notebook, completed by what the sandbox needs to run it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .requirements import pins, requirements_txt

# what a notebook without requirements of its own is given, as far as the catalogue has pins
STANDARD = ("matplotlib", "numpy", "pandas", "scikit-learn", "scipy")
# the kernel and what drives it
DRIVER = ("ipykernel", "nbclient")

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def complete_requirements(requirements: str | None, packages: Sequence[str]) -> str:
    """requirements.txt of a run.

    `requirements` None: the standard stack and `packages`, all pinned. Else the person's lines as they are, with the
    pinned driver and, without a version, so that the person's own pins decide, those `packages` that they do not name.
    """
    table = pins()
    if requirements is None:
        return requirements_txt(name for name in {*STANDARD, *packages} if name in table)
    named = {_folded(found[1]) for line in requirements.splitlines() if (found := _NAME.match(line))}
    added = [f"{name}=={table[name][0]}" for name in DRIVER if name not in named]
    added += [name for name in packages if _folded(name) not in named]
    return "\n".join([requirements.rstrip(), "# what the sandbox and the datasets need", *added, ""])


def _folded(name: str) -> str:
    """A package's normal name (PyPA, names and normalization)."""
    return re.sub(r"[-_.]+", "-", name).lower()
