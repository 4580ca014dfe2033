"""What calls cost: the most a call can cost is set aside before it, the true figure takes its place after it."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from p2n_ext.protocols import Database
from p2n_schemas.base import utc_now
from p2n_schemas.model_calls import Agent, ModelCall
from p2n_schemas.tracing import Span, begin_child

from .faults import not_configured
from .prices import FILE_SEARCH, Price, price_of
from .settings import OpenAISettings

Outcome = Literal["completed", "incomplete", "refused", "failed"]


@dataclass(frozen=True)
class Usage:
    """Tokens as the provider counted them; `cached` are among the `input`."""

    input: int
    cached: int
    output: int

    @classmethod
    def of(cls, response: Any) -> Usage | None:
        """Of a response that has ended; None where it tells none."""
        usage = getattr(response, "usage", None)
        read, written = getattr(usage, "input_tokens", None), getattr(usage, "output_tokens", None)
        if not isinstance(read, int) or not isinstance(written, int):
            return None
        cached = getattr(getattr(usage, "input_tokens_details", None), "cached_tokens", None)
        return cls(max(0, read), min(max(0, cached or 0), max(0, read)), max(0, written))


@dataclass(frozen=True)
class Bound:
    """The most that a call can take."""

    input: int
    output: int
    searches: int


def tokens_at_most(text: str) -> int:
    """No text has more tokens than bytes: every token of the models' vocabularies stands for one byte at least."""
    return len(text.encode())


class Spending:
    """The calls of a paper, kept in the database."""

    def __init__(self, database: Database, settings: OpenAISettings) -> None:
        self._database = database
        self._settings = settings

    def check(self, agent: Agent) -> None:
        """Raises E_MODEL_NOT_CONFIGURED where there is a cap and the agent's model has no price."""
        self._price(self._settings.models[agent])

    async def open(self, paper_id: str, agent: Agent, bound: Bound) -> Call:
        """Set aside the most that a call can cost. Raises E_POLICY_CAP_EXCEEDED, E_MODEL_NOT_CONFIGURED."""
        model = self._settings.models[agent]
        price = self._price(model)
        search = self._settings.prices.get(FILE_SEARCH, Price()).call
        row = ModelCall(
            id=f"mc_{uuid.uuid4().hex}",
            paper_id=paper_id,
            agent=agent,
            model=model,
            at=utc_now(),
            cost_usd=_cost(price, Usage(bound.input, 0, bound.output), bound.searches * search),
        )
        await self._database.open_model_call(row, self._settings.cap_usd)
        span = begin_child(f"p2n.agent.{agent}", model=model, paper_id=paper_id, call_id=row.id)
        return Call(self._database, row, price, search, span)

    def _price(self, model: str) -> Price:
        price = price_of(model, self._settings.prices)
        if price is None and self._settings.cap_usd is not None:
            raise not_configured(
                f"The model {model} has no price, so the spending cap can't be kept.",
                f'Set its price in P2NApp.model_prices, as {{"{model}": {{"input": …, "output": …}}}} in USD for a million'
                " tokens (0 where it costs nothing), or set P2NApp.spending_cap_usd to 0, which is no cap.",
                {"model": model},
            )
        return price or Price()


class Call:
    """One call that is going on."""

    def __init__(
        self, database: Database, row: ModelCall, price: Price, search: float, span: Span | None
    ) -> None:
        self._span = span
        self._database = database
        self._row = row
        self._price = price
        self._search = search
        self._begin = time.monotonic()

    async def close(
        self,
        outcome: Outcome,
        usage: Usage | None,
        searches: int,
        response_id: str | None,
        *,
        free: bool = False,
    ) -> None:
        """`free`: the provider refused to work on it. Without a usage what was set aside stays spent."""
        told = usage or Usage(0, 0, 0)
        cost = _cost(self._price, usage, searches * self._search) if usage else self._row.cost_usd
        self._tell(outcome, told, 0.0 if free else cost, response_id)
        await self._database.close_model_call(
            self._row.model_copy(
                update={
                    "outcome": outcome,
                    "response_id": response_id,
                    "input_tokens": told.input,
                    "cached_tokens": told.cached,
                    "output_tokens": told.output,
                    "searches": searches,
                    "cost_usd": 0.0 if free else cost,
                    "seconds": time.monotonic() - self._begin,
                }
            )
        )

    def _tell(self, outcome: Outcome, usage: Usage, cost: float, response_id: str | None) -> None:
        if self._span is None:
            return
        tokens = {"tokens.input": usage.input, "tokens.cached": usage.cached, "tokens.output": usage.output}
        self._span.set(outcome=outcome, cost_usd=cost, response_id=response_id, **tokens)
        if outcome != "completed":
            self._span.fail(outcome)
        self._span.end()


def _cost(price: Price, usage: Usage, searches_usd: float) -> float:
    """USD, by the price of a million tokens."""
    fresh = usage.input - usage.cached
    tokens = fresh * price.input + usage.cached * price.cached + usage.output * price.output
    return tokens / 1_000_000 + searches_usd
