"""What a person sets about the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from p2n_schemas.model_calls import Agent

from .prices import DEFAULT_PRICES, Price

DEFAULT_MODELS: Mapping[Agent, str] = {
    "extractor": "gpt-4o-mini",
    "planner": "o1-mini",
    "coder": "gpt-4o",
    "storyteller": "gpt-4o",
}


@dataclass(frozen=True)
class OpenAISettings:
    """`base_url`: None for the SDK's own; `cap_usd`: the most that models may cost for one paper, None for no cap;
    `seconds`: for one whole reading; `index_seconds`: for the provider to index it; `idle_seconds`: until a silent provider is
    given up; `pause_seconds`: before the first repeat of a request; `prompt_characters`: of the paper's text, where its pages go into the prompt."""

    api_key: str = field(repr=False)
    base_url: str | None = None
    models: Mapping[Agent, str] = field(default_factory=lambda: dict(DEFAULT_MODELS))
    prices: Mapping[str, Price] = field(default_factory=lambda: dict(DEFAULT_PRICES))
    cap_usd: float | None = None
    seconds: float = 600.0
    index_seconds: float = 180.0
    idle_seconds: float = 120.0
    pause_seconds: float = 0.5
    prompt_characters: int = 160_000
