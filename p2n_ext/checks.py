"""What the doctor looks at on this side of Ray: the data folder, the readers, OCR."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from p2n_schemas.api import Check

from .documents.ocr_engine import engine_version


def _recognition(engine: str | None, ocr: str) -> Check:
    if engine is not None:
        return Check(name="ocr", status="ok", message=f"Scanned pages are read by {engine}.")
    if ocr == "off":
        return Check(name="ocr", status="ok", message="Scanned pages are not read: P2NApp.ocr is off.")
    return Check(
        name="ocr",
        status="warning",
        message="Scanned pages can't be read: Tesseract is not installed.",
        remediation="Install it with its English data (Debian, Ubuntu: apt-get install tesseract-ocr) if you need it.",
    )


async def no_key() -> Sequence[Check]:
    return [
        Check(
            name="model",
            status="failed",
            message="P2NApp.provider is openai, and no key is set.",
            remediation="Set OPENAI_API_KEY where the server is started, or P2NApp.provider to auto or offline.",
        )
    ]


def own_checks(data: Path, model: str | None, ocr: str) -> list[Check]:
    begin = time.monotonic()
    free = shutil.disk_usage(data).free / 1e9
    probe = data / ".doctor"
    try:
        probe.write_bytes(b"p2n")
    except OSError as error:
        return [
            Check(
                name="store",
                status="failed",
                message=f"{data} can't be written to: {error.strerror}.",
                remediation="Make room there, or set P2NApp.data_dir to a folder of your own.",
            )
        ]
    finally:
        probe.unlink(missing_ok=True)
    took = (time.monotonic() - begin) * 1000
    low = free < 5
    return [
        Check(
            name="store",
            status="warning" if low else "ok",
            message=f"{data} is writable ({took:.0f} ms), {free:.0f} GB free",
            remediation="An environment takes up to 1 GB: make room, or set P2NApp.data_dir." if low else "",
        ),
        Check(
            name="reader",
            status="ok",
            message=f"Papers are read by rules over words and tables, and by {model}."
            if model
            else "Papers are read by the offline reader: rules over words and tables, no model.",
        ),
        _recognition(engine_version() if ocr == "auto" else None, ocr),
    ]
