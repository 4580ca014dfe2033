"""`jupyter p2n store copy`: everything from one kind of store to the other."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from p2n_schemas.errors import ErrorCode, P2NError

from .console import Console

if TYPE_CHECKING:
    from .app import P2NApp

_KINDS = ("embedded", "supabase")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("copy",), help="the source is only read")
    parser.add_argument("--from", dest="source", choices=_KINDS, required=True)
    parser.add_argument("--to", dest="target", choices=_KINDS, required=True)


async def store(arguments: argparse.Namespace, app: P2NApp, console: Console) -> int:
    from .stores.copying import Copy, Journal

    if arguments.source == arguments.target:
        raise P2NError(
            ErrorCode.E_VALIDATION,
            "Source and target are the same.",
            "Name embedded and supabase, each once.",
        )
    if not app.supabase_url:
        raise P2NError(
            ErrorCode.E_VALIDATION,
            "No Supabase project is set.",
            "Set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY, or P2NApp.supabase_url.",
        )
    data = Path(app.data_dir).expanduser().absolute()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    source, target = app.stores(arguments.source), app.stores(arguments.target)
    copy = Copy(
        (source.database, source.rows, source.objects),
        (target.database, target.rows, target.objects),
        Journal(data / f"copy-{arguments.source}-{arguments.target}.jsonl"),
        data / "objects" / ".drafts",
        console.say,
    )
    try:
        done = await copy.everything()
    finally:
        for each in (source, target):
            await each.close()
            await each.database.close()
    rows = sum(done.rows.values())
    console.say(
        f"{rows} rows ({done.rows_known} were there) and {done.objects} objects ({done.objects_known} were there),"
        f" {done.bytes / 1e6:.1f} MB: equal on both sides."
    )
    console.say("Runs' events are files of the data folder and stay where they are.")
    return 0
