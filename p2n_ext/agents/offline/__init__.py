"""The offline reader: claims from a PDF by rules, without any network."""

from .reader import OfflineReader

__all__ = ["OfflineReader"]
