"""Data that people bring along: what is let in, what is found in it, and how a container unpacks it."""

from .inspector import ChildInspector

__all__ = ["ChildInspector"]
