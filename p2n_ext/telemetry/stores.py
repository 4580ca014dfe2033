"""A store whose calls are spans below whatever is going on: `p2n.store.<call>`."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from p2n_schemas.tracing import child, current

T = TypeVar("T")
# A run needs some thirty signed addresses: the embedded store makes each in microseconds, another asks a service.
_SIGNING = ("sign", "upload_url", "download_url")
_BRIEF_SECONDS = 0.001


def traced(store: T) -> T:
    """The same store; where nothing is traced its calls are its own."""
    return cast(T, _Traced(store))


class _Traced:
    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        if inspect.iscoroutinefunction(attribute):
            attribute = _spanned(name, attribute)
            # Made once: the next look finds it without coming here.
            self.__dict__[name] = attribute
        return attribute


def _spanned(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    async def spanned(*arguments: Any, **named: Any) -> Any:
        if current() is None:
            return await call(*arguments, **named)
        if name in _SIGNING:
            return await _if_long(name, call(*arguments, **named))
        with child(f"p2n.store.{name}") as span:
            if arguments and isinstance(arguments[0], str):
                span.set(key=arguments[0][:200])
            return await call(*arguments, **named)

    return spanned


async def _if_long(name: str, call: Awaitable[Any]) -> Any:
    """A call that is a span only where it took a while."""
    begin = time.time_ns()
    try:
        return await call
    finally:
        above = current()
        if above is not None and time.time_ns() - begin > _BRIEF_SECONDS * 1e9:
            above.tracer.begin(f"p2n.store.{name}", above, start=begin).end()
