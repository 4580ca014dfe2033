"""What the command line shows: stages with times, the container's own lines, bars and tables."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import rich.box
import rich.console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from p2n_schemas.api import Doctor, RunList
from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorInfo
from p2n_schemas.events import Event
from p2n_schemas.events import Stage as EventStage
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Plan
from p2n_schemas.reports import ClaimVerdict, Report, VerdictKind
from p2n_schemas.runs import Artifact, Run
from p2n_schemas.storage import Storage, StorageRemoval

from .protocols import ModelText, ReadingStep

_VERDICT = {
    VerdictKind.REPRODUCED: ("reproduced", "bold green"),
    VerdictKind.CLOSE: ("close", "yellow"),
    VerdictKind.NOT_REPRODUCED: ("NOT reproduced", "bold red"),
    VerdictKind.NOT_COMPARABLE: ("not comparable", "magenta"),
    VerdictKind.NOT_RUN: ("not run", "dim"),
}
_FILE_COLUMNS = 150
_METRICS_SHOWN = 40
_CHECK = {"ok": "green", "warning": "yellow", "failed": "bold red", "unknown": "dim"}


def _plain(text: str) -> str:
    """Text of a paper, a container or a person: shown as it is, never read as control codes."""
    return "".join(c for c in text if c == "\t" or c.isprintable())


class Stage:
    """One step of the chain, with its time and a bar where it has parts."""

    def __init__(self, console: Console, name: str) -> None:
        self._console = console
        self._name = name
        self._begin = time.monotonic()
        self._bar: Progress | None = None

    def progress(self, done: int, total: int, unit: str) -> None:
        if self._bar is None:
            self._bar = self._console.bar()
            self._bar.start()
            self._bar.add_task(f"{self._name:<12}", total=total, unit=unit)
        self._bar.update(self._bar.task_ids[0], completed=done, total=total)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def done(self, message: str) -> None:
        self.close()
        self._console.line(self._name, time.monotonic() - self._begin, message)


class RunView:
    """A run as it happens."""

    def __init__(self, console: Console, run_id: str) -> None:
        self._console = console
        self._bar = console.bar()
        self._task = self._bar.add_task("cells       ", total=None, unit="cells", visible=False)
        self._run_id = run_id
        self._metrics = 0

    def __enter__(self) -> RunView:
        self._console.say(f"run {self._run_id}", style="bold")
        self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.stop()

    def show(self, event: Event) -> None:
        if event.type == "stage_update":
            update = event.payload
            if update.state == "started":
                self._console.line(update.stage, None, update.message or "…")
            else:
                words = " ".join(filter(None, [update.message, "(cached)" if update.cached else ""]))
                self._console.line(update.stage, update.seconds, words or update.state)
        elif event.type == "progress":
            self._bar.update(
                self._task, completed=event.payload.done, total=event.payload.total, visible=True
            )
        elif event.type == "log_line":
            style = {"stderr": "red", "system": "cyan"}.get(event.payload.stream, "")
            for text in event.payload.lines:
                self._console.say(f"   │ {text}", style=style)
        elif event.type == "metric_update":
            self._metrics += 1
            self._bar.update(self._task, metrics=self._metrics)
        elif event.type == "end":
            end = event.payload
            self._console.line("ended", end.seconds, f"{end.status}, {self._metrics} metric values")


class Console:
    """Prints to a terminal with live bars, or plain lines where there is none (or with `plain`)."""

    def __init__(self, plain: bool = False) -> None:
        self._rich = rich.console.Console(
            highlight=False, markup=False, emoji=False, force_terminal=False if plain else None
        )
        if not self._rich.is_terminal:
            # Written to a file or another program: there is no window to fit into.
            self._rich = rich.console.Console(
                highlight=False, markup=False, emoji=False, force_terminal=False, width=_FILE_COLUMNS
            )

    def quiet(self) -> None:
        """Only what the caller prints itself, for output that another program reads."""
        self._rich = rich.console.Console(
            highlight=False, markup=False, emoji=False, stderr=True, force_terminal=False
        )

    def bar(self) -> Progress:
        return Progress(
            TextColumn("   {task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed}/{task.total} {task.fields[unit]}"),
            TimeElapsedColumn(),
            console=self._rich,
            transient=True,
            disable=not self._rich.is_terminal,
        )

    def say(self, text: str, style: str = "") -> None:
        self._rich.print(Text(_plain(text), style=style), soft_wrap=True)

    def print(self, shown: rich.console.RenderableType) -> None:
        self._rich.print(shown, soft_wrap=True)

    def line(self, name: str, seconds: float | None, message: str) -> None:
        took = f"{seconds:7.2f} s" if seconds is not None else "         "
        self._rich.print(
            Text.assemble((f" ▸ {name:<12}", "bold"), (took, "cyan"), f"  {_plain(message)}"), soft_wrap=True
        )

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        stage = Stage(self, name)
        try:
            yield stage
        finally:
            stage.close()

    def run(self, run_id: str) -> RunView:
        return RunView(self, run_id)

    def error(self, info: ErrorInfo) -> None:
        self._rich.print(Text.assemble((f"{info.code}: ", "bold red"), _plain(info.message)))
        self._rich.print(Text(f"  → {_plain(info.remediation)}"))

    def reasons(self, info: ErrorInfo) -> None:
        """Why claims can't be run, each reason once with its number of claims."""
        for reason, count in Counter(info.detail.get("reasons", {}).values()).most_common(12):
            self.say(f"  {count:4d} × {reason}")

    def planning(self, step: ReadingStep | ModelText) -> None:
        """How far a planning is: what the rules do takes a moment, what a model does minutes."""
        if isinstance(step, ReadingStep) and step.stage is not EventStage.PLANNING:
            begins = step.state == "started"
            self.line(step.stage, step.seconds, step.message or ("…" if begins else step.state))

    def describe_plan(self, plan: Plan) -> str:
        body = plan.body
        claims = sum(len(experiment.metrics) for experiment in body.experiments)
        return (
            f"{claims} claims on {body.dataset.title}, {len(body.experiments)} experiments, "
            f"{len(body.unplanned)} claims left out, about {body.estimated_runtime_minutes:.1f} min"
        )

    def claims(self, claims: Sequence[Claim]) -> None:
        table = Table("method", "dataset", "split", "metric", "value", "where", "confidence")
        for claim in claims:
            where = f"{claim.citation.label}, p. {claim.citation.page}"
            table.add_row(
                _plain(claim.method),
                _plain(claim.dataset or "—"),
                _plain(claim.split or "—"),
                _plain(claim.metric),
                _plain(claim.value_printed),
                _plain(where),
                f"{claim.confidence:.2f}",
            )
        self._rich.print(table)

    def report(self, report: Report) -> None:
        self._rich.print()
        self._rich.print(Text(_plain(report.title), style="bold"))
        table = Table("method", "metric", "where", box=rich.box.SIMPLE, pad_edge=False)
        for name in ("claimed", "observed", "n", "gap"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("fidelity")
        table.add_column("verdict", no_wrap=True)
        left_out: dict[str, list[ClaimVerdict]] = {}
        for verdict in report.verdicts:
            if verdict.verdict is VerdictKind.NOT_RUN:
                left_out.setdefault(verdict.reason or "", []).append(verdict)
                continue
            word, style = _VERDICT[verdict.verdict]
            claim, observed = verdict.claim, verdict.observed
            table.add_row(
                _plain(claim.method),
                _plain(f"{claim.metric}, {claim.dataset}" if claim.dataset else claim.metric),
                _plain(f"{claim.citation.label}, p. {claim.citation.page}"),
                _plain(claim.value_printed),
                f"{observed.mean:.4g} [{observed.low:.4g}, {observed.high:.4g}]" if observed else "—",
                str(observed.n) if observed else "—",
                f"{verdict.gap:+.3g}" if verdict.gap is not None else "—",
                verdict.fidelity.value if verdict.fidelity else "—",
                Text(word, style=style),
            )
        if table.row_count:
            self._rich.print(table)
        self._rich.print(Text(f"Rule: {report.rule}", style="dim"))
        reasons = dict.fromkeys(
            f"{verdict.claim.method} is {verdict.fidelity}: {reason}"
            for verdict in report.verdicts
            for reason in verdict.fidelity_reasons
            if verdict.fidelity
        )
        for reason in reasons:
            self._rich.print(Text(_plain(reason), style="dim"))
        for assumption in report.assumptions:
            self._rich.print(
                Text(_plain(f"Assumed: {assumption.missing} → {assumption.choice}"), style="dim")
            )
        for entry in report.contradictions:
            self._rich.print(Text(_plain(f"The paper contradicts itself: {entry.words}"), style="yellow"))
        for reason, verdicts in left_out.items():
            self._rich.print(Text(_plain(f"Not run, {len(verdicts)} claims: {reason}"), style="dim"))
        parts = [
            f"{report.counts[kind]} {word}" for kind, (word, _) in _VERDICT.items() if report.counts.get(kind)
        ]
        self._rich.print(Text("Verdict: " + (", ".join(parts) or "no claims"), style="bold"))

    def whereabouts(self, paper: Paper, runs: Sequence[Run], folders: Sequence[str]) -> None:
        for run, folder in zip(runs, folders, strict=True):
            names = ", ".join(artifact.name for artifact in run.artifacts)
            self._rich.print(Text(f"Artifacts of {run.id}: {folder} ({names})"), soft_wrap=True)
        self._rich.print(Text("Try next:"))
        self._rich.print(
            Text(f"  jupyter p2n report {paper.id} --json    the whole report, with every rule and quote")
        )
        self._rich.print(
            Text(
                "  make lab                               the same in JupyterLab, with the evidence pictures"
            )
        )
        self._rich.print(Text("  make demo PAPER=path.pdf               another paper"))

    def papers(self, papers: Sequence[Paper]) -> None:
        table = Table("id", "title", "pages", "claims", "reader")
        for paper in papers:
            table.add_row(
                paper.id, _plain(paper.title), str(paper.pages), str(paper.claim_count), paper.reader or "—"
            )
        self._rich.print(table)

    def runs(self, page: RunList) -> None:
        table = Table("id", "status", "of", "begun", "seconds", "error")
        for run in page.runs:
            begun = run.started_at.strftime("%Y-%m-%d %H:%M:%S") if run.started_at else "—"
            seconds = f"{run.duration_seconds:.1f}" if run.duration_seconds is not None else "—"
            table.add_row(
                run.id,
                run.status.value,
                _plain(run.title or run.paper_id or "—") + (" (validation)" if run.validation_id else ""),
                begun,
                seconds,
                run.error.code.value if run.error else "",
            )
        self._rich.print(table)
        if page.total > len(page.runs):
            self.say(f"{len(page.runs)} of {page.total} runs; --limit shows more")

    def metrics(self, metrics: Sequence[dict[str, Any]]) -> None:
        """Each metric once; of a series its last value, and how many there were."""
        last: dict[tuple[str, ...], tuple[float, int]] = {}
        for metric in sorted(metrics, key=lambda metric: metric.get("step") or 0):
            key = tuple(str(metric.get(part) or "") for part in ("name", "split", "dataset", "experiment"))
            last[key] = (metric["value"], last.get(key, (0.0, 0))[1] + 1)
        table = Table("metric", "split", "dataset", "experiment", box=rich.box.SIMPLE, pad_edge=False)
        table.add_column("last value", justify="right")
        table.add_column("values", justify="right")
        for key, (value, count) in sorted(last.items())[:_METRICS_SHOWN]:
            table.add_row(*map(_plain, key), f"{value:.6g}", str(count))
        self._rich.print(table)
        if len(last) > _METRICS_SHOWN:
            self.say(f"and {len(last) - _METRICS_SHOWN} more in metrics.json")

    def sides(self, names: tuple[str, str], pairs: Sequence[tuple[str, str]]) -> None:
        """Two texts side by side, where they differ in colour."""
        table = Table(*map(_plain, names), box=rich.box.SIMPLE, pad_edge=False)
        for left, right in pairs:
            style = "" if left == right else "yellow"
            table.add_row(Text(_plain(left), style=style), Text(_plain(right), style=style))
        self._rich.print(table)

    def artifacts(self, artifacts: Sequence[Artifact], folder: str) -> None:
        self.say(f"{len(artifacts)} artifacts in {folder}")
        for artifact in artifacts:
            self.say(f"  {artifact.size_bytes:>12,d} bytes  {artifact.name}")

    def doctor(self, found: Doctor) -> None:
        self._rich.print(Text(f"P2N {found.version}", style="bold"))
        for check in found.checks:
            self._rich.print(
                Text.assemble(
                    (f" {check.status:<8}", _CHECK[check.status]),
                    (f"{check.name:<12}", "bold"),
                    check.message,
                )
            )
            if check.url:
                self._rich.print(Text(f"{'':21}{check.url}"))
            if check.remediation and check.status != "ok":
                self._rich.print(Text(f"{'':21}→ {check.remediation}"))

    def storage(self, found: Storage) -> None:
        table = Table("kind", "id", "size", "last used", "in use", "what")
        for item in found.items:
            used = item.last_used_at or item.created_at
            table.add_row(
                item.kind.value,
                item.id,
                _size(item.size_bytes),
                used.strftime("%Y-%m-%d %H:%M") if used else "—",
                "yes" if item.in_use else "",
                _plain(item.label)[:60],
            )
        self._rich.print(table)
        for group in found.groups:
            if group.count:
                self.say(f"{group.kind:<12} {group.count:>6}   {_size(group.size_bytes)}")
        self.say(f"free where the data lies: {_size(found.free_bytes)}")
        if found.engine_free_bytes is not None:
            self.say(f"free for the Docker Engine: {_size(found.engine_free_bytes)}")
        if found.problem:
            self.say(found.problem, style="yellow")

    def storage_removed(self, removal: StorageRemoval) -> None:
        for key in removal.deleted:
            self.say(f"removed {key.kind}:{key.id}")
        for kept in removal.kept:
            self.say(f"kept {kept.kind}:{kept.id}: {kept.reason}", style="yellow")
        self.say(f"{_size(removal.freed_bytes)} freed")


def _size(size: int | None) -> str:
    if size is None:
        return "not measured"
    return f"{size / 1e9:.2f} GB" if size >= 10**9 else f"{size / 1e6:.2f} MB"
