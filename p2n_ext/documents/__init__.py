"""PDF to pages, words, lines, tables and evidence pictures, in processes of their own."""

from .client import PdfDocuments
from .process import Bounds
from .recognition import Recognition

__all__ = ["Bounds", "PdfDocuments", "Recognition"]
