"""Reading papers, planning and telling stories with a language model over the OpenAI SDK's Responses API, at OpenAI or any compatible server.

The package `openai` is imported when the first request is made, never before.
"""

from .client import OpenAIClient
from .coder import OpenAICoder
from .index import OpenAIIndex
from .painter import PaintedStoryteller
from .planner import OpenAIPlanner
from .prices import DEFAULT_PRICES, Price, price_table
from .probe import probe
from .reader import OpenAIReader
from .settings import DEFAULT_MODELS, OpenAISettings
from .storyteller import OpenAIStoryteller

__all__ = [
    "DEFAULT_MODELS",
    "DEFAULT_PRICES",
    "OpenAIClient",
    "OpenAICoder",
    "OpenAIIndex",
    "OpenAIPlanner",
    "OpenAIReader",
    "OpenAISettings",
    "OpenAIStoryteller",
    "PaintedStoryteller",
    "Price",
    "price_table",
    "probe",
]
