"""The offline storyteller: a paper in pages for children, from templates over the paper's own facts."""

from .storyteller import OfflineStoryteller

__all__ = ["OfflineStoryteller"]
