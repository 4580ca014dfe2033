"""Claimed against observed: a verdict per claim, with the rule in words. Run against run: is it determined?"""

from .determinism import NotebookAnalyst
from .judge import IntervalJudge

__all__ = ["IntervalJudge", "NotebookAnalyst"]
