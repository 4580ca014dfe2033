"""Who plans: the offline planner reads the settings that a paper states and quotes each."""

from .planner import OfflinePlanner

__all__ = ["OfflinePlanner"]
