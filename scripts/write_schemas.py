"""Write schemas/json from the pydantic models; `--check` fails where the committed files differ."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from p2n_schemas.openapi import bundle, document
from p2n_schemas.plans import PlanBody

FOLDER = Path(__file__).parent.parent / "schemas" / "json"


def main() -> int:
    documents = {
        "p2n.json": bundle(),
        "plan-1.1.json": PlanBody.model_json_schema(),
        "openapi.json": document(),
    }
    drifted = []
    for name, content in documents.items():
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        path = FOLDER / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text() != text:
                drifted.append(name)
        else:
            path.write_text(text)
    if drifted:
        print(f"schemas/json is not what the models say: {', '.join(drifted)}. Run scripts/write_schemas.py.")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main())
