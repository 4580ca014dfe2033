"""Notebooks built from the catalogue."""

from .builder import CatalogNotebookBuilder

__all__ = ["CatalogNotebookBuilder"]
