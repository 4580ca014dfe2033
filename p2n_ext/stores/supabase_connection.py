"""One Supabase project: its client, made when first used; retries; paging; writes that are done once."""

from __future__ import annotations

import asyncio
import importlib
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from p2n_schemas.errors import ErrorCode, P2NError

if TYPE_CHECKING:
    from supabase import AsyncClient

T = TypeVar("T")
_PAGE = 1000
# The package's enums, without loading it.
_MINIMAL: Any = "minimal"
_EXACT: Any = "exact"
_MAX_PAUSE_SECONDS = 4.0


@dataclass(frozen=True)
class SupabaseProject:
    """Where the data are. `owner`: the user id that rows are marked with, for who signs in to the project; None: only
    the service role reads them. `timeout`: seconds for each answer; `tries`: of each request."""

    url: str
    key: str = field(repr=False)
    bucket: str = "p2n"
    owner: str | None = None
    timeout: float = 30.0
    tries: int = 6


class SupabaseConnection:
    """Requests that can be sent again are; what still fails is raised as the error that says what to do."""

    def __init__(self, project: SupabaseProject) -> None:
        self.project = project
        self._client: AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def client(self) -> AsyncClient:
        """Raises E_STORE_REJECTED without a key or the package."""
        async with self._opening:
            if self._client is None:
                self._client = await self._open()
            return self._client

    async def _open(self) -> AsyncClient:
        try:
            # Takes a second or two the first time, which no event loop may wait for.
            package = await asyncio.to_thread(importlib.import_module, "supabase")
        except ModuleNotFoundError:
            raise P2NError(
                ErrorCode.E_STORE_REJECTED,
                "The package `supabase` is not installed.",
                "pip install 'p2n[supabase]', and start the server again.",
            ) from None
        if not self.project.key:
            raise P2NError(
                ErrorCode.E_STORE_REJECTED,
                "P2NApp.supabase_url is set, and no key is.",
                "Set SUPABASE_SERVICE_ROLE_KEY where the server is started.",
            )
        import httpx

        from .supabase_errors import refuse

        http = httpx.AsyncClient(
            timeout=httpx.Timeout(self.project.timeout, connect=min(5.0, self.project.timeout)),
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=10),
            event_hooks={"response": [refuse]},
        )
        options = package.AsyncClientOptions(
            httpx_client=http,
            auto_refresh_token=False,
            persist_session=False,
            postgrest_client_retry=False,
        )
        client: AsyncClient = await package.acreate_client(self.project.url, self.project.key, options)
        return client

    async def ask(self, work: Callable[[AsyncClient], Awaitable[T]]) -> T:
        """Do idempotent work, with patience: waits of 0.1 s, doubled and spread, up to 4 s. Raises P2NError, Refusal."""
        import httpx

        from .supabase_errors import Refusal, explained

        client = await self.client()
        for attempt in range(self.project.tries):
            try:
                return await work(client)
            except (httpx.TransportError, Refusal) as error:
                passing = isinstance(error, httpx.TransportError) or error.passing
                if not passing or attempt == self.project.tries - 1:
                    told = explained(error, self.project.bucket)
                    if told is error:
                        raise
                    raise told from error
            await asyncio.sleep(min(0.1 * 2**attempt, _MAX_PAUSE_SECONDS) * random.uniform(0.5, 1.0))
        raise AssertionError("unreachable: the last attempt raises")

    async def write(self, operation: str, **arguments: Any) -> Any:
        """One of the operations of the migrations, done once however often its request has to be sent."""
        parameters = {"request": str(uuid.uuid4()), "operation": operation, "arguments": arguments}
        answer = await self.ask(lambda client: client.rpc("p2n_write", parameters).execute())
        return answer.data

    async def delete(self, table: str, column: str, value: str) -> None:
        await self.ask(
            lambda client: client.table(table).delete(returning=_MINIMAL).eq(column, value).execute()
        )

    async def row(self, table: str, columns: str, column: str, value: str) -> dict[str, Any] | None:
        answer = await self.ask(
            lambda client: client.table(table).select(columns).eq(column, value).limit(1).execute()
        )
        rows: Any = answer.data
        return dict(rows[0]) if rows else None

    async def body(self, table: str, column: str, value: str) -> str | None:
        row = await self.row(table, "body::text", column, value)
        return None if row is None else str(row["body"])

    async def pages(
        self,
        table: str,
        columns: str,
        order: Sequence[tuple[str, bool]],
        narrow: Callable[[Any], Any] = lambda query: query,
        *,
        limit: int | None = None,
        offset: int = 0,
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """All rows, page by page. `order`: up to two columns and whether each falls; together they are unique.

        Each page begins behind the last row of the one before it, so that nothing that is written meanwhile doubles or
        hides a row; a server that gives fewer rows a request than it is asked for only makes more pages.
        """
        chosen = ",".join([*(name for name, _ in order), *([columns] if columns else [])])
        last: dict[str, Any] | None = None
        given = 0
        while limit is None or given < limit:
            want = _PAGE if limit is None else min(_PAGE, limit - given)

            def query(
                client: AsyncClient, want: int = want, last: dict[str, Any] | None = last
            ) -> Awaitable[Any]:
                asked: Any = narrow(client.table(table).select(chosen, count=_EXACT))
                if last is not None:
                    asked = asked.or_(_behind(order, last))
                for name, falls in order:
                    asked = asked.order(name, desc=falls)
                asked = asked.limit(want)
                if offset and last is None:
                    asked = asked.offset(offset)
                answer: Awaitable[Any] = asked.execute()
                return answer

            answer = await self.ask(query)
            page = [dict(row) for row in answer.data]
            if page:
                yield page
            given += len(page)
            left = (answer.count or 0) - (offset if last is None else 0)
            if not page or len(page) >= left:
                return
            last = page[-1]

    async def rows(
        self, table: str, columns: str, order: Sequence[tuple[str, bool]], *args: Any, **how: Any
    ) -> list[dict[str, Any]]:
        """All pages of them."""
        return [row async for page in self.pages(table, columns, order, *args, **how) for row in page]

    async def bodies(self, table: str, order: Sequence[tuple[str, bool]], **how: Any) -> list[str]:
        return [str(row["body"]) for row in await self.rows(table, "body::text", order, **how)]

    async def count(self, table: str, narrow: Callable[[Any], Any]) -> int:
        answer = await self.ask(
            lambda client: narrow(client.table(table).select("id", count=_EXACT, head=True)).execute()
        )
        return int(answer.count or 0)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None and client.options.httpx_client is not None:
            await client.options.httpx_client.aclose()


def _behind(order: Sequence[tuple[str, bool]], last: dict[str, Any]) -> str:
    """PostgREST's condition for rows that come after one in this order."""

    def beyond(name: str, falls: bool) -> str:
        return f"{name}.{'lt' if falls else 'gt'}.{_quoted(last[name])}"

    (first, first_falls), *rest = order
    if not rest:
        return beyond(first, first_falls)
    ((second, second_falls),) = rest
    equal = f"{first}.eq.{_quoted(last[first])}"
    return f"{beyond(first, first_falls)},and({equal},{beyond(second, second_falls)})"


def _quoted(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
