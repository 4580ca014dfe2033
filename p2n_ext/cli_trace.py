"""`jupyter p2n trace`, and the lines of P2N's own processes for `jupyter p2n logs --system`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from p2n_schemas.log_records import console_line
from p2n_schemas.traces import RunTrace, TraceSpan

from .console import Console
from .services import Services

_POLL_SECONDS = 1.0
_BAR = 24
_STYLE = {"ok": "green", "error": "bold red", "lost": "bold red", "open": "yellow"}
_SHOWN = (
    "cell",
    "label",
    "dataset",
    "artifact",
    "bytes",
    "files",
    "cached",
    "from_standby",
    "account",
    "model",
    "tokens.input",
    "tokens.output",
    "cost_usd",
    "key",
    "status",
    "error_code",
    "http.response.status_code",
)
_IDS = ("run_id", "plan_id", "paper_id", "env_hash", "node")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run")
    parser.add_argument("--json", action="store_true", help="print it as GET /runs/{id}/trace gives it")


async def show_trace(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    trace = await services.traces.trace(arguments.run)
    if arguments.json:
        print(trace.model_dump_json(indent=2))
    elif trace.spans:
        for line in trace_lines(trace):
            console.print(line)
    else:
        console.say(f"{trace.run_id}: no spans were kept")
    return 0


def trace_lines(trace: RunTrace) -> Iterator[Text]:
    """Each span with its begin, its length, a bar on the trace's time, and what it says; equal leaves as one line."""
    told = next((span.attributes for span in reversed(trace.spans) if "node" in span.attributes), {})
    known = told or next((span.attributes for span in trace.spans if "run_id" in span.attributes), {})
    state = "" if trace.complete else "  (not complete)"
    yield Text(f"trace {trace.trace_id}  {trace.seconds or 0:.3f} s{state}", style="bold")
    yield Text("  ".join(f"{key} {str(known[key])[:20]}" for key in _IDS if key in known))
    yield Text(f"{'begin ms':>10} {'took ms':>10}", style="dim")
    groups = list(_grouped(trace.spans))
    for place, spans in enumerate(groups):
        depths = [later[0].depth for later in groups[place + 1 :]]
        yield _line(spans, _guide(spans[0].depth, depths), trace.seconds or 0.0)


def _grouped(spans: Sequence[TraceSpan]) -> Iterator[list[TraceSpan]]:
    """A store's calls that follow each other and differ in nothing but their object are one."""
    group: list[TraceSpan] = []
    for span, after in zip(spans, [*spans[1:], None], strict=True):
        alike = group and (group[0].name, group[0].depth, group[0].status) == (
            span.name,
            span.depth,
            span.status,
        )
        is_leaf = after is None or after.depth <= span.depth
        if group and not (alike and is_leaf and span.status == "ok" and span.name.startswith("p2n.store.")):
            yield group
            group = []
        group.append(span)
        if not is_leaf:
            yield group
            group = []
    if group:
        yield group


def _guide(depth: int, later: Sequence[int]) -> str:
    """The lines that lead to a span, by the depths of those below it."""

    def goes_on(level: int) -> bool:
        return next((found == level for found in later if found <= level), False)

    if depth == 0:
        return ""
    above = "".join("│  " if goes_on(level) else "   " for level in range(1, depth))
    return above + ("├─ " if goes_on(depth) else "└─ ")


def _line(spans: Sequence[TraceSpan], guide: str, whole: float) -> Text:
    span = spans[0]
    seconds = None if span.seconds is None else sum(one.seconds or 0.0 for one in spans)
    took = f"{seconds * 1000:10.1f}" if seconds is not None else "      open"
    begin = min(int(_BAR * span.offset_seconds / whole), _BAR - 1) if whole else 0
    length = max(1, round(_BAR * (seconds or 0) / whole)) if whole else 1
    bar = (" " * begin + "━" * min(length, _BAR - begin)).ljust(_BAR)
    style = _STYLE[span.status]
    text = Text.assemble(
        (f"{span.offset_seconds * 1000:10.1f}", "dim"),
        (f" {took}", "cyan"),
        (f" {bar} ", style),
        (guide, "dim"),
        (span.name, "bold" if span.depth < 2 else ""),
        (f" [{span.process}]", "dim"),
    )
    if len(spans) > 1:
        text.append(f" × {len(spans)}")
    else:
        told = (
            f"{key.rpartition('.')[2]}={span.attributes[key]}" for key in _SHOWN if key in span.attributes
        )
        text.append("".join(f" {part}" for part in told), "dim")
    if span.status != "ok":
        text.append(f" {span.status}", style)
        text.append(f": {span.message[:200]}" if span.message else "", "red")
    return text


async def show_system_lines(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    """The structured lines of all processes about a run; of a live one, as they come where that is wanted."""
    known: set[tuple[Any, ...]] = set()
    colours = sys.stdout.isatty() and not arguments.plain
    while True:
        ended = (await services.runs.get(arguments.run)).status.is_terminal()
        for line in await services.traces.lines(arguments.run):
            key = line["timestamp"], line.get("process"), line.get("event")
            if key not in known:
                known.add(key)
                print(json.dumps(line) if arguments.json else console_line(line, colours), flush=True)
        if ended or not arguments.follow:
            return 0
        await asyncio.sleep(_POLL_SECONDS)
