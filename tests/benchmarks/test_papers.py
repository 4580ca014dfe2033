"""The table of real papers: which figure is held against which, and what is said where the papers are absent."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import papers
from p2n_ext.judging import IntervalJudge
from p2n_schemas.base import utc_now
from p2n_schemas.reports import Report
from tests.judging.test_verdicts import TWENTY, a_claim, a_plan, a_run, measured


def printed(report: Report, by_hand: papers.ByHand) -> str:
    out = io.StringIO()
    paper = papers.RealPaper("a_paper", (by_hand,))
    papers.show(Console(file=out, width=200), paper, report, 1.0)
    return out.getvalue()


@pytest.mark.parametrize(("low", "word"), [(94.0, "agrees"), (96.0, "DIFFERS")])
def test_a_figure_is_held_against_the_one_made_by_hand(low: float, word: str) -> None:
    verdict = IntervalJudge().judge(a_claim("95.9%"), a_plan(), [(a_run(), measured(TWENTY))])
    report = Report(
        paper_id="p",
        title="A paper",
        created_at=utc_now(),
        reader="offline",
        rule="",
        verdicts=[verdict, verdict],
        counts={},
        runs=[a_run()],
    )
    shown = printed(report, papers.ByHand("1-nn", "accuracy", "wine", "about 95", low, 97.0))
    assert "2 claims, 2 judged; 2 reproduced" in shown
    assert f"about 95: {word}" in shown
    assert "2 × 1-NN, Accuracy, Wine" in shown
    other = printed(report, papers.ByHand("svm", "accuracy", "", "about 95", low, 97.0))
    assert "about 95" not in other


def test_absent_papers_are_skipped_with_a_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("P2N_PAPERS", str(tmp_path / "none"))
    assert papers.measure(Console(), tmp_path, 1, [])
    assert "skipped: the shared papers are absent" in capsys.readouterr().out.replace("\n", " ")
