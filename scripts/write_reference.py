"""Write docs/reference.md from the code; `--check` fails where the committed page differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

from p2n_ext.settings import P2NSettings
from p2n_schemas.errors import ErrorCode
from p2n_schemas.events import Event
from p2n_schemas.operation import API_PATH
from p2n_schemas.operations import OPERATIONS

PAGE = Path(__file__).parent.parent / "docs" / "reference.md"


def reference() -> str:
    lines = [
        "# Reference",
        "",
        "Written from the code by `scripts/write_reference.py`; a test fails where the two differ.",
        "",
        "## Settings",
        "",
        "In `jupyter_server_config.py` (`c.P2NApp.data_dir = …`), or on the command line (`--P2NApp.data_dir=…`).",
        "",
    ]
    for name, trait in sorted(P2NSettings.class_own_traits(config=True).items()):
        default = "" if name == "data_dir" else f" Default: `{trait.default_value!r}`."
        lines += [f"### `P2NApp.{name}`", "", f"{trait.help}{default}", ""]
    lines += ["## REST", "", f"Below `<base_url>{API_PATH}`. Bodies: `schemas/json/openapi.json`.", ""]
    lines += ["| route | what | status | errors |", "|---|---|---|---|"]
    for operation in OPERATIONS:
        codes = ", ".join(f"`{code}`" for code in operation.errors)
        lines.append(
            f"| `{operation.method} {operation.path}` | {operation.summary} | {operation.status} | {codes} |"
        )
    lines += ["", "## Events", ""]
    union = get_args(get_args(Event)[0])
    for kind in union:
        payload = kind.model_fields["payload"].annotation
        name = kind.model_fields["type"].default
        lines += [f"### `{name}`", ""]
        about = (kind.__doc__ if "Extraction" in (kind.__doc__ or "") else None) or payload.__doc__ or ""
        lines += [
            " ".join(about.split()),
            "",
            f"Payload: {', '.join(f'`{field}`' for field in payload.model_fields)}",
            "",
        ]
    lines += [
        "## Errors",
        "",
        '`{"error": {"code", "message", "remediation", "detail"}}`, on every route.',
        "",
    ]
    lines += ["| code | HTTP status | meaning |", "|---|---|---|"]
    lines += [f"| `{code}` | {code.http_status} | {code.meaning} |" for code in ErrorCode]
    return "\n".join(lines) + "\n"


def main() -> int:
    text = reference()
    if "--check" not in sys.argv:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    print("docs/reference.md is not what the code says. Run scripts/write_reference.py.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
