"""Claims as they are kept: filter, look at the evidence, confirm, correct, reject."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from p2n_schemas.api import ClaimList
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Citation, Claim, ClaimFacts, ClaimPatch, ClaimStatus, Quote
from p2n_schemas.errors import ErrorCode, P2NError, invalid

from ..protocols import Database, Documents, ObjectStore, PageLayout
from . import keys
from .faults import missing

_MEANING = ("method", "dataset", "split", "metric", "units", "direction", "citation")
"""What a run was about: a plan made before such a change does not cover the claim any more."""
_NUMBER = re.compile(
    r"(?P<number>[-+\u2212]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+))"
    r"(?:\s*(?:[eE]|[\u00d7\u00b7x]\s*10\^?)\s*(?P<power>[-+\u2212]?\d+))?"
)


@dataclass(frozen=True)
class ClaimFilter:
    """Claims that fit all that is given. Texts are sought anywhere, whatever the case; a table exactly."""

    table: str | None = None
    method: str | None = None
    dataset: str | None = None
    metric: str | None = None
    status: tuple[ClaimStatus, ...] = ()
    headline: bool | None = None
    own_method: bool | None = None

    def fits(self, claim: Claim) -> bool:
        return (
            (self.table is None or claim.citation.label.casefold() == self.table.casefold())
            and _holds(claim.method, self.method)
            and _holds(claim.dataset, self.dataset)
            and _holds(claim.metric, self.metric)
            and (not self.status or claim.status in self.status)
            and (self.headline is None or claim.headline is self.headline)
            and (self.own_method is None or claim.own_method is self.own_method)
        )


ANY_CLAIM = ClaimFilter()


class ClaimService:
    def __init__(self, database: Database, objects: ObjectStore, documents: Documents) -> None:
        self._database = database
        self._objects = objects
        self._documents = documents

    async def claims(self, paper_id: str, where: ClaimFilter = ANY_CLAIM) -> ClaimList:
        """Raises E_NOT_FOUND."""
        paper = await self._database.get_paper(paper_id)
        if paper is None:
            raise missing("paper", paper_id)
        claims = await self._database.list_claims(paper_id)
        return ClaimList(
            reader=paper.reader,
            extraction=paper.extraction,
            claims=[claim for claim in claims if where.fits(claim)],
            total=len(claims),
        )

    async def get(self, claim_id: str) -> Claim:
        """Raises E_NOT_FOUND."""
        claim = await self._database.get_claim(claim_id)
        if claim is None:
            raise missing("claim", claim_id)
        return claim

    async def patch(self, claim_id: str, patch: ClaimPatch) -> Claim:
        """A person's word; a changed field makes the claim `corrected` unless another status is given.

        What the reader had proposed stays in `proposed`, and comes back with the status `proposed`. A changed value
        has to stand on its page too. Raises E_NOT_FOUND, E_VALIDATION, E_PDF_….
        """
        claim = await self.get(claim_id)
        given = patch.model_dump(exclude_unset=True)
        if given.get("status") is ClaimStatus.PROPOSED and given.keys() - {"status", "note"}:
            raise P2NError(
                ErrorCode.E_VALIDATION,
                "The status `proposed` brings back what the reader said; it can't be changed at once.",
                "Send the changes alone, and they are kept as a correction.",
            )
        changed = _patched(claim, given)
        placed: dict[str, Any] = {}
        if (changed.value, changed.value_printed) != (claim.value, claim.value_printed) and given.keys() & {
            "value",
            "value_printed",
        }:
            placed = await self._placed(claim, patch)
        # Looking at the page took time, and others may have had their say meanwhile.
        kept = await self._database.update_claim(claim_id, lambda now: _patched(now, given, placed))
        if kept is None:
            raise missing("claim", claim_id)
        return kept

    async def _placed(self, claim: Claim, patch: ClaimPatch) -> dict[str, Any]:
        """The corrected value with the place on the page that shows it. Raises E_VALIDATION."""
        value, printed = patch.value, patch.value_printed
        if printed is not None:
            read = number_of(printed)
            if value is None:
                wrong = read is None
            else:
                # What no rule here reads, such as 1h33 or 97,7, is the number that the person says it is.
                wrong = not any(map(str.isdigit, printed)) or (
                    read is not None and not math.isclose(read, value, rel_tol=1e-9)
                )
            if wrong:
                raise P2NError(
                    ErrorCode.E_VALIDATION,
                    f"{printed!r} does not print the number {value if value is not None else 'of a result'}.",
                    "Give `value_printed` as the page has it, such as 96.09, and `value` as the same number.",
                )
            value = read if value is None else value
        assert value is not None
        pdf = await self._objects.local_path(keys.paper(claim.paper_id))
        page = claim.citation.page
        places: list[Quote] = []
        for candidate in [printed] if printed is not None else _spellings(value):
            places = await self._documents.locate(pdf, page, candidate)
            if places:
                printed = candidate
                break
        else:
            raise P2NError(
                ErrorCode.E_VALIDATION,
                f"{printed or format(value, 'g')} does not stand on page {page} of the paper.",
                "Give the number as the page prints it. For a number of another place reject this claim.",
                {"page": page},
            )
        box = claim.citation.box
        middle = ((box.x0 + box.x1) / 2, (box.top + box.bottom) / 2)

        def distance(quote: Quote) -> float:
            assert quote.box is not None
            return math.dist(
                middle, ((quote.box.x0 + quote.box.x1) / 2, (quote.box.top + quote.box.bottom) / 2)
            )

        def rank(quote: Quote) -> tuple[bool, float]:
            assert quote.box is not None
            return claim.citation.region.overlap(quote.box) < 1, distance(quote)

        # The same number may stand in a sentence nearby: the claim's own table comes first.
        place = min((quote for quote in places if quote.box is not None), key=rank)
        assert place.box is not None
        moved = {"value": value, "value_printed": printed}
        if box.overlap(place.box) > 0.5:
            citation = claim.citation.model_copy(update={"quote": place.text, "box": place.box})
            return moved | {"citation": citation.model_dump()}
        # Another number of the page: what stood beside the first, above it and left of it is not said of this one.
        citation = _citation(claim.citation, place, await self._documents.layout(pdf))
        return moved | {"citation": citation.model_dump(), "uncertainty": None, "headline": False}

    async def evidence(self, claim_id: str, whole_page: bool = False) -> bytes:
        """PNG of the place on the page that shows the claim, or of its whole page. Raises E_NOT_FOUND, E_PDF_…"""
        claim = await self.get(claim_id)
        pdf = await self._objects.local_path(keys.paper(claim.paper_id))
        return await self._documents.evidence(pdf, claim.citation, whole_page)

    async def page(self, paper_id: str, number: int, quote: str) -> bytes:
        """PNG of a page, the words of a quote marked where they are found. Raises E_NOT_FOUND, E_PDF_…"""
        paper = await self._database.get_paper(paper_id)
        if paper is None:
            raise missing("paper", paper_id)
        if not 1 <= number <= paper.pages:
            raise missing("page", str(number))
        pdf = await self._objects.local_path(keys.paper(paper_id))
        return await self._documents.page(pdf, number, quote)


def _patched(claim: Claim, given: dict[str, Any], placed: Mapping[str, Any] | None = None) -> Claim:
    """The claim with a person's changes, and where a changed value stands. Raises E_VALIDATION."""
    status = given.get("status")
    changes = {name: value for name, value in given.items() if name != "status"}
    facts: dict[str, Any] = {
        name: value
        for name, value in (changes | dict(placed or {})).items()
        if name != "note" and getattr(claim, name) != value
    }
    if status is ClaimStatus.PROPOSED and claim.proposed is not None:
        facts = claim.proposed.model_dump()
    try:
        changed = Claim.model_validate(claim.model_dump() | changes | facts)
        before = claim.proposed or _facts(claim)
        now = _facts(changed)
        if now == before:
            changed = changed.model_copy(update={"proposed": None})
            if status is None and claim.proposed is not None:
                status = ClaimStatus.PROPOSED
        else:
            changed = changed.model_copy(update={"proposed": before})
            if status is None and facts:
                status = ClaimStatus.CORRECTED
        told_before = _facts(claim)
        if any(getattr(now, name) != getattr(told_before, name) for name in _MEANING):
            changed = changed.model_copy(update={"corrected_at": utc_now()})
    except ValidationError as error:
        raise invalid(error) from None
    return changed.model_copy(update={"status": status}) if status is not None else changed


def _facts(claim: Claim) -> ClaimFacts:
    return ClaimFacts.model_validate(claim.model_dump(include=set(ClaimFacts.model_fields)))


def _citation(before: Citation, place: Quote, pages: Sequence[PageLayout]) -> Citation:
    """Where a number stands, by the table that holds it, else by its line."""
    assert place.box is not None
    for table in (table for page in pages if page.number == place.page for table in page.tables):
        for cell in table.cells:
            if cell.box.overlap(place.box) > 0.5:
                return Citation(
                    label=table.label or before.label,
                    page=place.page,
                    row_headings=list(cell.row_headings),
                    column_headings=list(cell.column_headings),
                    quote=place.text,
                    box=place.box,
                    region=table.box,
                )
    if before.region.overlap(place.box) > 0.99:
        return before.model_copy(
            update={"quote": place.text, "box": place.box, "row_headings": [], "column_headings": []}
        )
    line = {"x0": 0.0, "x1": max(place.box.x1, before.region.x1), "top": max(place.box.top - 40, 0)}
    region = place.box.model_copy(update=line)
    return Citation(
        label=f"Page {place.page}", page=place.page, quote=place.text, box=place.box, region=region
    )


def _holds(text: str | None, part: str | None) -> bool:
    return part is None or part.casefold() in (text or "").casefold()


def number_of(printed: str) -> float | None:
    """The number that is printed; None where that takes more than reading digits, as of `1h33` or `97,7`."""
    found = _NUMBER.fullmatch(printed.strip().rstrip("%").strip())
    if found is None:
        return None
    number, power = (
        found[name].replace("\u2212", "-") if found[name] else "0" for name in ("number", "power")
    )
    return float(f"{number.replace(',', '')}e{power}")


def _spellings(value: float) -> list[str]:
    """How a paper may print a number, the shortest first."""
    plain = [f"{value:.{decimals}f}" for decimals in range(7)]
    same = [text for text in plain if float(text) == value]
    bare = [text.replace("0.", ".", 1) for text in same if text.lstrip("-").startswith("0.")]
    grouped = [f"{value:,.0f}"] if value == int(value) and abs(value) >= 1000 else []
    return [*same, *bare, *grouped]
