"""Two readers of one paper: the rules first, then a model, and their claims as one list."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator
from pathlib import Path

from p2n_ext.protocols import ClaimFound, PaperReader, Reading, ReadingNotice
from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.papers import Paper

from .merging import joined

_log = logging.getLogger(__name__)
_UNFORESEEN = ErrorInfo(
    code=ErrorCode.E_INTERNAL,
    message="The model's reader failed in a way that P2N did not foresee; what the rules found stands.",
    remediation="The server's log has the details; please report them.",
)


class CombinedReader:
    """`strict`: a person asked for the model, so its failure is the reading's; else it is a notice, and what the rules
    found stands."""

    def __init__(self, first: PaperReader, second: PaperReader, strict: bool) -> None:
        self._first = first
        self._second = second
        self._strict = strict
        self.name = f"{first.name}+{second.name}"
        self.names: tuple[str, ...] = (*first.names, *second.names)
        self.model = second.model

    async def read(self, paper: Paper, pdf: Path) -> AsyncGenerator[Reading, None]:
        """The first reader's claims, then the second's; one that both found comes again under its first id.

        Raises what the first reader raises, and where `strict` what the second does, be it as a notice after its first claim.
        """
        kept: dict[int, dict[str, Claim]] = {}
        async with contextlib.aclosing(self._first.read(paper, pdf)) as steps:
            async for step in steps:
                if isinstance(step, ClaimFound):
                    kept.setdefault(step.claim.citation.page, {})[step.claim.id] = step.claim
                yield step
        try:
            async with contextlib.aclosing(self._second.read(paper, pdf)) as steps:
                async for step in steps:
                    if isinstance(step, ReadingNotice) and self._strict:
                        raise P2NError.of(step.error)
                    yield ClaimFound(joined(step.claim, kept)) if isinstance(step, ClaimFound) else step
        except P2NError as error:
            if self._strict:
                raise
            yield ReadingNotice(error.info)
        except Exception as error:
            if self._strict:
                raise
            # what the rules found must not be lost to a fault of the model's reader
            _log.error("the second reader failed", exc_info=error)
            yield ReadingNotice(_UNFORESEEN)
