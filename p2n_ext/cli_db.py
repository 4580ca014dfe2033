"""`jupyter p2n db`: the schema of the database at Supabase."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from .console import Console

if TYPE_CHECKING:
    from .app import P2NApp


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("migrate", "status", "sql", "reload-schema"),
        help="migrate: bring it up to date; status: which migrations it has; sql: print them for Supabase's SQL editor;"
        " reload-schema: have PostgREST look at it anew. All but sql want the connection string in SUPABASE_DB_URL.",
    )
    parser.add_argument(
        "--after", type=int, default=0, metavar="N", help="sql: only the migrations behind number N"
    )


async def db(arguments: argparse.Namespace, app: P2NApp, console: Console) -> int:
    """Exit status 1 where `status` finds the schema not as it should be."""
    from .stores import postgres_migrations as migrations

    address = os.environ.get("SUPABASE_DB_URL", "")
    if arguments.action == "sql":
        print(migrations.as_script(arguments.after))
        return 0
    if arguments.action == "reload-schema":
        await migrations.reload_schema(address)
        console.say("PostgREST was told to look at the schema anew.")
        return 0
    if arguments.action == "migrate":
        done = await migrations.migrate(address)
        for migration in done:
            console.say(f"applied {migration.name}")
        console.say(
            f"The schema is at migration {len(migrations.migrations())}."
            if done
            else f"Nothing to do: the schema is at migration {len(migrations.migrations())}."
        )
        return 0
    found = await migrations.status(address)
    for each in found:
        state = "changed" if each.changed else "applied" if each.applied else "missing"
        console.say(f"{state:<8} {each.migration.name}")
    well = all(each.applied and not each.changed for each in found)
    if not well:
        console.say("Run `jupyter p2n db migrate` for what is missing; what was changed is compared by hand.")
    return 0 if well else 1
