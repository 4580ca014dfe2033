"""A request of the Responses API: only what the model and the provider take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .answer_schema import NAME, SCHEMA
from .capabilities import Capabilities
from .spending import Bound, tokens_at_most

SEARCHES = 8
RESULTS = 10
CHUNK_TOKENS = 800
OVERHEAD_TOKENS = 2_000
# what some compatible servers refuse, and an answer can do without
OPTIONAL = ("temperature", "max_tool_calls", "store")


@dataclass(frozen=True)
class Message:
    role: str
    text: str


@dataclass(frozen=True)
class Request:
    """`vector_store_id`: where the model may search; None where the pages stand in the messages. `instead`: the same request
    with the pages, for a server that does not bound searches. `name`, `schema`: of the answer, for strict output."""

    model: str
    capabilities: Capabilities
    instructions: str
    messages: tuple[Message, ...]
    vector_store_id: str | None
    without: frozenset[str] = field(default_factory=frozenset)
    instead: Request | None = None
    name: str = NAME
    schema: Mapping[str, Any] = field(default_factory=lambda: SCHEMA)

    def followed_by(self, *messages: Message) -> Request:
        instead = self.instead.followed_by(*messages) if self.instead else None
        return replace(self, messages=(*self.messages, *messages), instead=instead)

    def leaving_out(self, param: str) -> Request | None:
        """The request without what a server refused; None where it can't do without that.

        A search that nothing bounds could cost more than was set aside for it: then the pages stand in the prompt.
        """
        if param not in OPTIONAL or param in self.without:
            return None
        if param == "max_tool_calls" and self.vector_store_id:
            return self.instead
        instead = self.instead.leaving_out(param) if self.instead else None
        return replace(self, without=self.without | {param}, instead=instead)

    def body(self) -> dict[str, Any]:
        """The keyword arguments of `responses.create`."""
        able = self.capabilities
        body: dict[str, Any] = {
            "model": self.model,
            "input": self._input(),
            "max_output_tokens": able.output_tokens,
            "stream": True,
            # nothing of the paper shall stay at the provider but the index, which goes with the paper
            "store": False,
        }
        if able.instructions:
            body["instructions"] = self.instructions
        if able.schema:
            body["text"] = {
                "format": {"type": "json_schema", "name": self.name, "schema": self.schema, "strict": True}
            }
        if able.temperature:
            body["temperature"] = 0
        if self.vector_store_id:
            body["tools"] = [
                {
                    "type": "file_search",
                    "vector_store_ids": [self.vector_store_id],
                    "max_num_results": RESULTS,
                }
            ]
            body["max_tool_calls"] = SEARCHES
        return {k: v for k, v in body.items() if k not in self.without}

    def bound(self) -> Bound:
        """The most that it can take: every search's finds are read again in every later turn."""
        prompt = OVERHEAD_TOKENS + tokens_at_most(self.instructions)
        prompt += sum(tokens_at_most(m.text) for m in self.messages)
        prompt += max(0, tokens_at_most(json.dumps(self.schema)) - OVERHEAD_TOKENS)
        output = self.capabilities.output_tokens
        if not self.vector_store_id:
            return Bound(prompt, output, 0)
        finds = RESULTS * CHUNK_TOKENS * SEARCHES * (SEARCHES + 1) // 2
        return Bound(prompt * (SEARCHES + 1) + finds, output, SEARCHES)

    def _input(self) -> Sequence[dict[str, str]]:
        first = [] if self.capabilities.instructions else [Message("user", self.instructions)]
        return [{"role": m.role, "content": m.text} for m in (*first, *self.messages)]
