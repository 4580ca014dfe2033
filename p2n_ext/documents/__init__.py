"""PDF to pages, words, lines, tables and evidence pictures, in processes of their own."""

from .client import PdfDocuments
from .process import Bounds

__all__ = ["Bounds", "PdfDocuments"]
