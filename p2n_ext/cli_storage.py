"""`jupyter p2n storage`: what P2N keeps on disk, and its removal."""

from __future__ import annotations

import argparse
import asyncio

from pydantic import ValidationError

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.storage import StorageDeletion, StorageKind

from .console import Console
from .services import Services

_MEASURE_SECONDS = 300.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--delete", nargs="+", default=[], metavar="KIND:ID", help="remove these; what a run uses is kept"
    )
    parser.add_argument("--enforce", action="store_true", help="keep to the limits of P2NApp.keep_… now")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


async def storage(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    """Exit status 1 where something that was to be deleted is kept."""
    if arguments.delete or arguments.enforce:
        if arguments.delete:
            removal = await services.storage.delete(_request(arguments.delete).items)
        else:
            removal = await services.retention.enforce()
        if arguments.json:
            print(removal.model_dump_json(indent=2))
        else:
            console.storage_removed(removal)
        return 1 if arguments.delete and removal.kept else 0
    async with asyncio.timeout(_MEASURE_SECONDS):
        found = await services.storage.view(wait_seconds=_MEASURE_SECONDS)
    if arguments.json:
        print(found.model_dump_json(indent=2))
    else:
        console.storage(found)
    return 0


def _request(names: list[str]) -> StorageDeletion:
    try:
        keys = [dict(zip(("kind", "id"), name.split(":", 1), strict=True)) for name in names]
        return StorageDeletion.model_validate({"items": keys})
    except (ValueError, ValidationError):
        raise P2NError(
            ErrorCode.E_VALIDATION,
            f"Not KIND:ID: {' '.join(names)[:200]}",
            f"Name what is to go as `jupyter p2n storage` lists it; kinds are {', '.join(StorageKind)}.",
        ) from None
