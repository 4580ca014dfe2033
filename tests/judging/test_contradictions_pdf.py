"""From a PDF's bytes: a paper that contradicts itself is caught, and the same paper mended is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from p2n_ext.judging.contradictions import contradictions
from tests.offline_reading import claims_of

_STYLES = getSampleStyleSheet()
_METHODS = ("Naive Bayes", "Decision Tree", "Random Forest", "SVM", "k-NN")
_MAIN = ("93.4", "91.9", "96.1", "95.7", "94.2")


def set_paper(path: Path, told: str, again: Sequence[str]) -> Path:
    """A small paper on Wine: its abstract tells of the random forest; tables 1 and 2 print the same five results."""

    def heading(text: str) -> Flowable:
        return Paragraph(text, _STYLES["Heading2"])

    def prose(text: str) -> Flowable:
        return Paragraph(text, _STYLES["BodyText"])

    def results(number: int, values: Sequence[str]) -> list[Flowable]:
        caption = f"Table {number}: Test accuracy (%) on the Wine dataset."
        rows = [["Method", "Accuracy"], *map(list, zip(_METHODS, values, strict=True))]
        return [prose(caption), Spacer(1, 4), Table(rows), Spacer(1, 12)]

    story = [
        Paragraph("Five Classifiers on Wine", _STYLES["Title"]),
        heading("Abstract"),
        prose(
            "We compare five classifiers on the Wine dataset. The Random Forest reaches a test accuracy of "
            f"{told} % on the Wine dataset, the best of all."
        ),
        heading("1 Introduction"),
        prose(
            "The Wine dataset holds 178 wines of three cultivars. We part it at random, 70 % for training."
        ),
        heading("2 Results"),
        *results(1, _MAIN),
        PageBreak(),
        heading("3 Discussion"),
        prose("Table 2 repeats the results beside the time that training took."),
        *results(2, again),
    ]
    SimpleDocTemplate(str(path), pagesize=A4, invariant=1).build(story)
    return path


@pytest.mark.parametrize(
    ("told", "again", "kinds"),
    [
        ("96.1", _MAIN, []),
        ("98.6", _MAIN, [("summary_against_results", "Random Forest", 2.5)]),
        (
            "96.1",
            ("93.4", "91.9", "96.1", "97.5", "94.2"),
            [("table_against_table", "SVM", 1.8)],
        ),
        # 96 is 96.1 rounded, so that nothing is contradicted
        ("96", _MAIN, []),
    ],
    ids=["consistent", "abstract against table", "table against table", "rounded"],
)
async def test_a_paper_that_contradicts_itself(
    told: str, again: Sequence[str], kinds: list[tuple[str, str, float]], tmp_path: Path
) -> None:
    claims = await claims_of(set_paper(tmp_path / "paper.pdf", told, again))
    found = contradictions(claims)
    assert len(claims) >= 10
    assert [(entry.kind, entry.method, entry.difference) for entry in found] == kinds
    for entry in found:
        first, second = entry.places
        assert {first.claim_id, second.claim_id} <= {claim.id for claim in claims}
        assert first.value != second.value
        assert first.printed in entry.words
        assert second.printed in entry.words
