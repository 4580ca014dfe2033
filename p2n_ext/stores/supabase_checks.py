"""What the doctor looks at at Supabase: the key, the database's schema, the bucket."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from p2n_schemas.api import Check
from p2n_schemas.errors import P2NError

from .postgres_migrations import migrations
from .supabase_connection import SupabaseConnection

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
Finding = tuple[bool, str, str]
"""Whether it is well, what was found, what to do."""


class SupabaseChecks:
    def __init__(self, connection: SupabaseConnection) -> None:
        self._connection = connection

    async def examine(self) -> Sequence[Check]:
        return [
            self._key(),
            await self._found("supabase database", self._database),
            await self._found("supabase storage", self._bucket),
        ]

    async def _found(self, name: str, look: Callable[[], Awaitable[Finding]]) -> Check:
        try:
            well, message, remediation = await look()
        except P2NError as error:
            well, message, remediation = False, error.info.message, error.info.remediation
        return Check(name=name, status="ok" if well else "failed", message=message, remediation=remediation)

    def _key(self) -> Check:
        name = "supabase key"
        role, ends = _claims(self._connection.project.key)
        if role is not None and role != "service_role":
            return Check(
                name=name,
                status="failed",
                message=f"The key is that of the role {role}.",
                remediation="Set SUPABASE_SERVICE_ROLE_KEY to the project's service role key.",
            )
        if ends is not None and ends < time.time():
            return Check(
                name=name,
                status="failed",
                message="The key has expired.",
                remediation="Set SUPABASE_SERVICE_ROLE_KEY to a present one.",
            )
        parts = urlsplit(self._connection.project.url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            return Check(
                name=name,
                status="warning",
                message="The key goes over the network in the clear.",
                remediation="Use an https address as P2NApp.supabase_url.",
            )
        return Check(name=name, status="ok", message="The key is the service role's.")

    async def _database(self) -> Finding:
        begin = time.monotonic()
        rows = await self._connection.rows("p2n_migrations", "sha256", (("version", True),))
        took = (time.monotonic() - begin) * 1000
        known = migrations()
        present = {row["version"]: row["sha256"] for row in rows}
        missing = [each.version for each in known if each.version not in present]
        if missing:
            return (
                False,
                f"The database lacks migration {', '.join(map(str, missing))}.",
                "Run `jupyter p2n db migrate`.",
            )
        changed = [each.name for each in known if present[each.version] != each.sha256]
        if changed:
            return False, f"Not as this version of P2N makes it: {', '.join(changed)}.", _SEEK_HELP
        if max(present) > len(known):
            return (
                False,
                f"The database is at migration {max(present)}, and this version of P2N knows {len(known)}.",
                "Use the newer version of P2N that migrated it.",
            )
        return True, f"The database answers ({took:.0f} ms) and is at migration {len(known)}.", ""

    async def _bucket(self) -> Finding:
        name = self._connection.project.bucket
        bucket = await self._connection.ask(lambda client: client.storage.get_bucket(name))
        if bucket.public:
            return False, f"The bucket {name!r} is public: anyone may read it.", "Make it private."
        return True, f"The bucket {name!r} is there and private.", ""


_SEEK_HELP = "It may have been migrated by an unreleased version: compare with `jupyter p2n db sql`."


def _claims(key: str) -> tuple[str | None, float | None]:
    """Role and end of a key that is a token; of the newer kinds, which are none, what their name says."""
    if key.startswith("sb_publishable_"):
        return "anon", None
    try:
        body = key.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims.get("role"), claims.get("exp")
    except (IndexError, ValueError, AttributeError):
        return None, None
