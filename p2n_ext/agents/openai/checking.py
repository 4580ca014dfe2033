"""Proposals of a model held against the paper: a claim with its place on the page, or the reason why there is none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from p2n_ext.agents.offline.drafts import uncertainty_of
from p2n_ext.agents.offline.lexicon import metric_in
from p2n_schemas.claims import Box, Citation, Claim, Uncertainty
from p2n_schemas.papers import DroppedClaim

from ..likeness import all_words_in, likeness, same, stands_in
from .answer_schema import Proposal
from .evidence import Evidence
from .paper_text import PaperText, Place, headings_of, key_of, proposed_number
from .table_evidence import in_table
from .text_evidence import in_text

READER = "openai"
FITS = 0.5
ALMOST = 0.8
_PERCENT = re.compile(r"(?<!\d)(?<!\d\s)%|\bper ?cent")
_MANY_PLACES = 400


@dataclass(frozen=True)
class Found:
    """A proposal that the paper bears out, and where."""

    proposal: Proposal
    evidence: Evidence

    @property
    def place(self) -> Place:
        return self.evidence.place

    @property
    def whole_line(self) -> bool:
        """Whether only the line's or cell's box is known, and not yet that of the number in it."""
        return self.place.cell is None or not self.place.alone


def find(proposal: Proposal, paper: PaperText) -> Found | DroppedClaim:
    """Where a proposal stands in the paper. Raises nothing: what can't be found is dropped with its reason."""
    number = proposed_number(proposal.value_printed)
    if number is None:
        return dropped(proposal, f"“{proposal.value_printed}” is not one number")
    places = paper.places(key_of(number))[:_MANY_PLACES]
    if not places:
        return dropped(proposal, f"the paper prints no number {proposal.value_printed}")
    if not _in_paper(proposal.method, places, paper):
        return dropped(proposal, f"the paper names no method “{proposal.method}”")
    if not _in_paper(proposal.metric, places, paper) and not _known(proposal.metric):
        return dropped(proposal, f"the paper names no metric “{proposal.metric}”")
    proposal, missing = _without_unknown_names(proposal, paper)
    weighed = [weigh(proposal, place, paper) for place in places]
    fitting = [e for e in weighed if e.against is None]
    here = [e for e in fitting if proposal.page in (None, e.place.page.number)]
    if here:
        best = _best(here, proposal)
    elif fitting:
        best = _best(fitting, proposal)
        others = [e for e in fitting if e is not best and e.strength >= best.strength]
        if best.strength < FITS or others:
            return dropped(
                proposal, f"page {proposal.page} does not show it, and no other place does so clearly"
            )
        best.less(0.1, f"the model said page {proposal.page}")
    else:
        on_page = [e for e in weighed if e.place.page.number == proposal.page]
        return dropped(proposal, str((on_page or weighed)[0].against))
    rivals = sum(e.strength >= best.strength and e.place.page is best.place.page for e in fitting) - 1
    if rivals:
        best.less(0.15, f"the page prints this number in {rivals + 1} places that fit")
    best.reasons.extend(missing)
    best.confidence -= 0.1 * len(missing)
    return Found(proposal, best)


def weigh(proposal: Proposal, place: Place, paper: PaperText) -> Evidence:
    """The evidence for a proposal at one place of its number."""
    found = Evidence(
        place,
        method=proposal.method,
        metric=proposal.metric,
        dataset=proposal.dataset,
        split=proposal.split,
        own_method=proposal.own_method,
    )
    if place.cell is not None and place.table is not None:
        return in_table(found, proposal, place.table, place.cell, paper)
    return in_text(found, proposal, paper)


def claim_of(found: Found, paper_id: str, paper: PaperText, box: Box | None) -> Claim:
    """The claim with evidence of our own: number, quote, boxes and units are the page's, not the model's.

    `box`: of the number itself, where it is known better than by its cell or line.
    """
    proposal, evidence, place = found.proposal, found.evidence, found.place
    number, line = place.number, place.line
    box = box or (place.cell.box if place.cell else line.box)
    label = place.table.label if place.table else _label(found, paper)
    known = metric_in(evidence.metric)
    units, why = _units(found, known[1].share if known else None)
    direction = known[1].direction if known and known[1].direction else proposal.direction
    spread = uncertainty_of(number)
    confidence, reasons = evidence.confidence - 0.05, [*evidence.reasons, *([why] if why else [])]
    if place.page.ocr is not None:
        confidence *= place.page.ocr
        reasons.append(f"read by OCR (word confidence {place.page.ocr:.2f})")
    digits = re.sub(r"\D", "", number.text).lstrip("0")
    telling = len(digits) >= 2 and ("." in number.text or number.percent)
    return Claim(
        id=_id(paper_id, place, box),
        paper_id=paper_id,
        method=evidence.method,
        dataset=evidence.dataset,
        split=evidence.split,
        metric=evidence.metric,
        value=number.value,
        value_printed=number.text,
        units=units,
        direction=direction,
        uncertainty=Uncertainty.model_validate(spread) if spread else None,
        own_method=evidence.own_method,
        headline=label == "Abstract" or (telling and key_of(number) in paper.abstract_numbers),
        citation=Citation(
            label=label,
            page=place.page.number,
            row_headings=[h for h in place.cell.row_headings if h] if place.cell else [],
            column_headings=[h for h in place.cell.column_headings if h] if place.cell else [],
            quote=line.text,
            box=box,
            region=place.table.box if place.table else _around([n.box for n in place.near] or [line.box]),
        ),
        confidence=round(min(0.95, max(0.05, confidence)), 2),
        reasons=reasons,
        readers=[READER],
    )


def _in_paper(name: str, places: Sequence[Place], paper: PaperText) -> bool:
    """Whether the paper prints a name: in one piece, composed of words of it, or as a heading over the number."""
    if stands_in(name, paper.whole) or all_words_in(name, paper.whole):
        return True
    return any(likeness(name, h) >= ALMOST for p in places if p.cell for h in headings_of(p.cell))


def _known(metric: str) -> bool:
    """Whether a name is that of a metric of the trade and nothing besides: papers leave "accuracy" unsaid."""
    found = metric_in(metric)
    return found is not None and same(found[0], metric)


def _without_unknown_names(proposal: Proposal, paper: PaperText) -> tuple[Proposal, list[str]]:
    """A dataset or split that the paper does not print is taken off, and that is said."""
    missing: list[str] = []
    changes: dict[str, None] = {}
    for what in ("dataset", "split"):
        name = getattr(proposal, what)
        if name and not (stands_in(name, paper.whole) or all_words_in(name, paper.whole)):
            changes[what] = None
            missing.append(f"the model's {what} “{name}” stands nowhere in the paper")
    return proposal.model_copy(update=changes), missing


def _best(fitting: Sequence[Evidence], proposal: Proposal) -> Evidence:
    def fit(evidence: Evidence) -> float:
        table = evidence.place.table
        said = proposal.label is not None and table is not None and same(proposal.label, table.label)
        told = proposal.label is not None and table is None and not proposal.label.lower().startswith("tab")
        return evidence.strength + (0.3 if said or told else 0.0)

    return max(fitting, key=fit)


def _units(found: Found, share: bool | None) -> tuple[str | None, str]:
    """Percent by what is printed; any other unit only where it is printed beside the number or above it."""
    place, number = found.place, found.place.number
    headings = (*place.cell.row_headings, *place.cell.column_headings) if place.cell else ()
    caption = place.table.caption if place.table else ""
    if number.percent:
        return "%", "printed with %"
    if any(_PERCENT.search(h) for h in headings):
        return "%", "% in the heading"
    if (
        share is not False
        and abs(number.value) > 1.5
        and re.search(r"\(\s*%|%\s*\)|\bper ?cent|\bin %|, ?%", caption)
    ):
        return "%", "percent in the caption"
    if share and found.evidence.measured and 1.5 < abs(number.value) <= 100:
        return "%", "values of this metric above 1 are percent"
    if number.unit:
        return number.unit, ""
    told = found.proposal.units
    if told and told != "%" and any(re.search(rf"(?<!\w){re.escape(told)}(?!\w)", h) for h in headings):
        return told, "unit from the heading"
    return None, ""


def _label(found: Found, paper: PaperText) -> str:
    """For a number in the text: the abstract, or the section that the model named and the paper has, or the page."""
    place, told = found.place, found.proposal.label
    if place.page.number <= 2 and " ".join(place.line.text.split()) in " ".join(paper.abstract.split()):
        return "Abstract"
    if told and not told.lower().startswith(("tab", "fig", "abstract")) and stands_in(told, paper.whole):
        return told
    return f"Page {place.page.number}"


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        x0=min(b.x0 for b in boxes),
        top=min(b.top for b in boxes),
        x1=max(b.x1 for b in boxes),
        bottom=max(b.bottom for b in boxes),
    )


def _id(paper_id: str, place: Place, box: Box) -> str:
    """Of the printed number: a reading makes one claim of it."""
    corners = [round(v) for v in (box.x0, box.top, box.x1, box.bottom)]
    key = "\n".join(map(str, (paper_id, READER, place.page.number, corners, key_of(place.number))))
    return "c_" + hashlib.sha256(key.encode()).hexdigest()[:16]


def dropped(proposal: Proposal, reason: str) -> DroppedClaim:
    return DroppedClaim(text=proposal.words, page=proposal.page, reason=reason)
