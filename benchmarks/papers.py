"""Real papers through the whole chain: what was planned, run and judged, beside what re-running them by hand gave.

`python -m benchmarks.papers` (or `make bench ARGS="--only papers"`). The papers may not be shipped: they lie in the folder
that P2N_PAPERS names, else beside the checkout. With `--data-dir DIR` of runs that exist already, these are only reported.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from p2n_schemas.reports import ClaimVerdict, Report, VerdictKind

ROOT = Path(__file__).parents[1]
_SECONDS = 2400
_COLUMNS = 150


@dataclass(frozen=True)
class ByHand:
    """A figure that a person got: of claims whose method, dataset and metric hold these words (in lower case)."""

    method: str
    metric: str
    dataset: str
    found: str
    low: float
    high: float
    cell: str | None = None


@dataclass(frozen=True)
class RealPaper:
    stem: str
    by_hand: tuple[ByHand, ...]


def _exact(dataset: str, ari: str, nmi: str, pur: str) -> tuple[ByHand, ...]:
    named = (("ari", ari), ("nmi", nmi), ("pur", pur))
    return tuple(
        ByHand("euc", metric, dataset, value, float(value) - 5e-4, float(value) + 5e-4)
        for metric, value in named
    )


# from the README beside the papers: scikit-learn 1.9, bundled data; ranges are 5 % to 95 % of 100 splits, of 60, of 20
PAPERS = (
    RealPaper(
        "agarap_2017_wdbc",
        (
            ByHand("l1-nn", "accuracy", "", "95.65 [93.57, 97.66]", 93.57, 97.66),
            ByHand("l2-nn", "accuracy", "", "95.27 [92.98, 97.66]", 92.98, 97.66),
            ByHand("linear regression", "accuracy", "", "95.49 [92.98, 97.66]", 92.98, 97.66),
            ByHand("softmax", "accuracy", "", "95.46 [92.37, 97.66]", 92.37, 97.66),
            ByHand("svm", "accuracy", "", "96.25 [93.57, 98.83]", 93.57, 98.83),
            ByHand("mlp", "accuracy", "", "96.5 to 97.7 (3 seeds, 300 epochs)", 96.5, 97.7),
        ),
    ),
    RealPaper(
        "moustafa_2013_metricspace",
        (
            *_exact("iris", "0.730", "0.751", "0.893"),
            *_exact("wine", "0.371", "0.429", "0.702"),
            *_exact("wdbc", "0.491", "0.422", "0.854"),
            ByHand("pca", "ari", "iris", "0.730 (3 components keep 98 %)", 0.7295, 0.7305),
            ByHand("pca", "nmi", "iris", "0.751", 0.7505, 0.7515),
            ByHand("pca", "pur", "iris", "0.893", 0.8925, 0.8935),
        ),
    ),
    RealPaper(
        "vovk_2018_ccps",
        (
            ByHand("least squares (scps)", "crps", "diabetes", "23.66 [21.4, 26.0]", 21.4, 26.0),
            ByHand("least squares (ccps)", "crps", "diabetes", "23.33 [20.9, 25.8]", 20.9, 25.8),
        ),
    ),
    RealPaper(
        "mecugni_2023_wdbc_report",
        (ByHand("kneighbors", "accuracy", "", "96.6 to 97.0 (claim optimistic)", 96.6, 97.0),),
    ),
)


def folder() -> Path | None:
    """Where the papers lie; none where they are absent."""
    found = Path(os.environ.get("P2N_PAPERS", ROOT.parent / "shared" / "papers")) / "papers"
    return found if found.is_dir() else None


def measure(console: Console, data_dir: Path, minutes: int, only: list[str]) -> bool:
    """Run what was not run yet, and print; whether every paper gave a report."""
    where = folder()
    if where is None:
        console.print("papers: skipped: the shared papers are absent (P2N_PAPERS names their folder)")
        return True
    complete = True
    for paper in PAPERS:
        if only and paper.stem not in only:
            continue
        file = where / f"{paper.stem}.pdf"
        begin = time.monotonic()
        if not _report(file, data_dir):
            command = ["run", str(file), "--data-dir", str(data_dir), "--budget", str(minutes), "--plain"]
            _p2n(command)
        report = _report(file, data_dir)
        if report is None:
            console.print(f"{paper.stem}: no report")
            complete = False
            continue
        show(console, paper, report, time.monotonic() - begin)
    return complete


def _p2n(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from p2n_ext.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False, cwd=ROOT)


def _report(file: Path, data_dir: Path) -> Report | None:
    """What is known of a paper that has runs."""
    if not (data_dir / "p2n.sqlite3").is_file():
        return None
    done = _p2n(["report", str(file), "--data-dir", str(data_dir), "--json"])
    if done.returncode or not done.stdout.strip():
        return None
    report = Report.model_validate_json(done.stdout)
    return report if any(run.status.is_terminal() for run in report.runs) else None


def show(console: Console, paper: RealPaper, report: Report, seconds: float) -> None:
    counts = Counter(verdict.verdict for verdict in report.verdicts)
    judged = sum(count for kind, count in counts.items() if kind is not VerdictKind.NOT_RUN)
    said = ", ".join(f"{counts[kind]} {kind.replace('_', ' ')}" for kind in VerdictKind if counts[kind])
    ends = Counter(str(run.status) for run in report.runs)
    runs = ", ".join(f"{count} {status}" for status, count in ends.items())
    console.print(f"\n[bold]{paper.stem}[/bold]: {len(report.verdicts)} claims, {judged} judged; {said}")
    console.print(f"  runs: {runs}; {len(report.plans)} plans; {seconds:.0f} s")
    rows: Counter[tuple[str, ...]] = Counter()
    table = Table("method, metric, dataset", "claimed", "observed", "n", "fidelity", "verdict", "by hand")
    for hand in paper.by_hand:
        for verdict in report.verdicts:
            if verdict.observed is not None and _is_about(verdict, hand):
                rows[_row(verdict, hand)] += 1
    for (what, *others), count in rows.items():
        table.add_row(f"{count} × {what}" if count > 1 else what, *others)
    console.print(table)


def _is_about(verdict: ClaimVerdict, hand: ByHand) -> bool:
    claim = verdict.claim
    dataset = (claim.dataset or "").lower()
    return (
        claim.method.lower().startswith(hand.method)
        and hand.metric in claim.metric.lower()
        and hand.dataset in dataset
        and (hand.cell is None or hand.cell == claim.value_printed)
    )


def _row(verdict: ClaimVerdict, hand: ByHand) -> tuple[str, ...]:
    observed, claim = verdict.observed, verdict.claim
    assert observed is not None
    agrees = "agrees" if hand.low <= observed.mean <= hand.high else "DIFFERS"
    spread = f" ± {observed.standard_deviation:.2g}" if observed.standard_deviation else ""
    return (
        f"{claim.method}, {claim.metric}, {claim.dataset}",
        verdict.claimed.printed if verdict.claimed else claim.value_printed,
        f"{observed.mean:.4g}{spread}",
        str(observed.n),
        str(verdict.fidelity),
        verdict.verdict.replace("_", " "),
        f"{hand.found}: {agrees}",
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.papers", description=__doc__)
    parser.add_argument(
        "--data-dir", type=Path, help="kept and used again; without it one that is gone afterwards"
    )
    parser.add_argument("--budget", type=int, default=10, metavar="MINUTES", help="of each run")
    parser.add_argument("--paper", action="append", default=[], help="only these stems")
    arguments = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _COLUMNS)
    if arguments.data_dir is not None:
        return 0 if measure(console, arguments.data_dir, arguments.budget, arguments.paper) else 1
    with tempfile.TemporaryDirectory(prefix="p2n-papers-", ignore_cleanup_errors=True) as made:
        return 0 if run_in(console, Path(made), arguments.budget, arguments.paper) else 1


def run_in(console: Console, data_dir: Path, minutes: int = 10, only: list[str] | None = None) -> bool:
    """As `measure`, with its own Ray head, which is stopped at the end."""
    try:
        return measure(console, data_dir, minutes, only or [])
    finally:
        stop = [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(data_dir)]
        subprocess.run(stop, check=False, timeout=120, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
