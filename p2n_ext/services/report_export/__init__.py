"""A report as files to keep: Markdown, a page of HTML, and an RO-Crate that others can run again."""

from .crate import CrateParts, RunParts, write_crate
from .markdown import markdown
from .page import page

__all__ = ["CrateParts", "RunParts", "markdown", "page", "write_crate"]
