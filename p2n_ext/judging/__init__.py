"""Claimed against observed: a verdict per claim, with the rule in words."""

from .judge import IntervalJudge

__all__ = ["IntervalJudge"]
