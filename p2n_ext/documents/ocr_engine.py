"""Whether text recognition (OCR) can be had on this machine: the `tesseract` program with its English data."""

from __future__ import annotations

import shutil
import subprocess
from typing import Literal

Mode = Literal["auto", "off"]


def engine() -> str | None:
    """The path of the tesseract program; None where it is not installed."""
    return shutil.which("tesseract")


def engine_version(seconds: float = 10.0) -> str | None:
    """What the program says of itself; None where it is absent, does not start or has no English data.

    Starts it twice, so not to be called on an event loop.
    """
    program = engine()
    if program is None:
        return None
    try:
        told, languages = (
            subprocess.run([program, asked], capture_output=True, text=True, timeout=seconds, check=True)
            for asked in ("--version", "--list-langs")
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    if "eng" not in (languages.stdout + languages.stderr).split():
        return None
    # older ones tell their version on stderr
    return (told.stdout or told.stderr).partition("\n")[0].strip() or "tesseract"
