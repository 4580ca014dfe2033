"""Learns the weights of the offline reader's two models from labelled papers, and how far they generalise.

usage: python benchmarks/learn_names.py SAMPLES.jsonl [--write]

SAMPLES.jsonl holds one table a line, as `--collect` writes them from PDFs and their labels:

  {"paper": …, "weight": 1.0, "axes": [[features, "method"|"dataset"|"metric"|"setting"], …], "data": [[features, right], …]}

`python benchmarks/learn_names.py --collect PDFS LABELS >> SAMPLES.jsonl` appends those of a folder of papers; labels
are claims as for the scorer, or (labels/axes) what a table's axes stand for, by kind and level, and which data it is on. What is
printed is measured by leaving one paper out: its tables are judged by weights that never saw it. `--write` stores what
all papers give in role_weights.py and data_weights.py. Needs numpy, which the reader does not.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "schemas")]
READER = ROOT / "p2n_ext" / "agents" / "offline"
ROLES = ("method", "dataset", "metric", "setting")
# these can only speak against a name being that of the data
AGAINST = {"leans to methods", "cast as method", "own name", "words of methods", "metric", "property", "task"}
AGAINST |= {"in a longer one"}
EITHER = {"known", "digit", "acronym", "short acronym", "plain", "words", "joined word", "of"}
EITHER |= {"ends in data", "ends in data set"}
Samples = list[dict[str, Any]]


def collect(pdfs: Path, labels: Path, scorer: ModuleType) -> Iterator[dict[str, Any]]:
    """The tables of labelled papers as samples."""
    from p2n_ext.agents.offline.context import read_context
    from p2n_ext.agents.offline.data_model import data_names, local_features, near_texts
    from p2n_ext.agents.offline.headings import join_heads
    from p2n_ext.agents.offline.names import clean
    from p2n_ext.agents.offline.numbers import numbers_in, plain_text
    from p2n_ext.agents.offline.role_model import role_features
    from p2n_ext.agents.offline.roles import assign_roles
    from p2n_ext.agents.offline.table_axes import axes_of, split_heads, value_cells
    from p2n_ext.agents.offline.table_claims import first_look
    from p2n_ext.agents.offline.table_data import told_in_turn
    from p2n_ext.documents.opening import open_pdf
    from p2n_ext.documents.worker import read_pages

    for label in sorted(labels.glob("*.json")):
        truth = json.loads(label.read_text())
        claims, by_hand = truth.get("claims", []), truth.get("tables", {})
        reading = read_pages(open_pdf(pdfs / f"{label.stem}.pdf"), {})
        while True:
            try:
                next(reading)
            except StopIteration as end:
                pages = end.value
                break
        context = read_context(pages)
        first_look(pages, context)
        names = data_names(context)
        for page in pages:
            for _, table in page.tables:
                cells = value_cells(table.grid)
                split_heads(table.grid, cells)
                join_heads(cells)
                axes = axes_of(table.grid, cells)
                assign_roles(axes, cells, context, table.caption)
                agreed: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
                data: Counter[str] = Counter()
                met = 0
                for cell in cells:
                    for number in numbers_in(plain_text(cell.cell.atom.words))[:1]:
                        told = {"value": number.value, "units": "%" if number.percent else ""}
                        fits = [c for c in claims if c["page"] == page.number and scorer.same_value(told, c)]
                        met += bool(fits)
                        for key, text in cell.texts.items():
                            for role in ROLES[:3]:
                                agreed[key][role] += any(
                                    scorer.tokens(clean(text)) and scorer.agree(clean(text), c[role])
                                    for c in fits
                                )
                            agreed[key]["all"] += bool(fits)
                        headed = any(
                            scorer.tokens(clean(t)) and scorer.agree(clean(t), c["dataset"])
                            for t in cell.texts.values()
                            for c in fits
                        )
                        data.update([c["dataset"] for c in fits[:1] if not headed])
                told_axes = by_hand.get(table.label)
                if not told_axes and (met < 3 or met < 0.3 * len(cells)):
                    continue
                known: list[list[Any]] = []
                if told_axes:
                    order = sorted(axes, key=lambda a: (a.kind, a.level))
                    if len(order) == len(told_axes["axes"]):
                        for axis, role in zip(order, told_axes["axes"], strict=True):
                            known.append([role_features(axis, axes, cells, context, table.caption), role])
                for axis in axes if not told_axes else []:
                    counts = agreed[axis.kind, axis.level]
                    best = max(ROLES[:3], key=lambda r: counts[r])
                    share = counts[best] / max(counts["all"], 1)
                    if counts["all"] >= 3 and not 0.4 <= share < 0.6:
                        role = best if share >= 0.6 else "setting"
                        known.append([role_features(axis, axes, cells, context, table.caption), role])
                right, said = data.most_common(1)[0] if data else ("", 0)
                if told_axes:
                    right, said, met = told_axes["dataset"], 1, 1
                ranked = []
                if right and said > 0.7 * met:
                    near, nearest = near_texts(table, context), told_in_turn(table, context, frozenset())
                    for candidate in names.candidates:
                        features = candidate.features | local_features(candidate.name, near)
                        features["told nearest"] = float(candidate.name == nearest)
                        ranked.append([features, bool(scorer.agree(candidate.name, right))])
                yield {"paper": label.stem, "weight": 1.0, "axes": known, "data": ranked}


def named(samples: Samples, kind: str) -> list[str]:
    return sorted({f for s in samples for features, _ in s[kind] for f in features})


def row(features: dict[str, float], names: Sequence[str]) -> list[float]:
    return [features.get(n, 0.0) for n in names]


def learn_roles(samples: Samples, names: Sequence[str], steps: int = 250, decay: float = 4.0) -> Any:
    """Softmax regression; a paper of many tables counts as four."""
    said = Counter(s["paper"] for s in samples)
    data = [
        (row(f, names), ROLES.index(r), s["weight"] * min(1.0, 4 / said[s["paper"]]))
        for s in samples
        for f, r in s["axes"]
    ]
    x, y = np.array([d[0] for d in data]), np.eye(4)[[d[1] for d in data]]
    w = np.array([d[2] for d in data])[:, None]
    b, moved = np.zeros((len(names), 4)), np.zeros((len(names), 4))
    for _ in range(steps):
        z = x @ b
        p = np.exp(z - z.max(1, keepdims=True))
        moved = 0.9 * moved + x.T @ ((p / p.sum(1, keepdims=True) - y) * w) + 0.5 * decay * b
        b -= 0.01 * min(1.0, 50 / len(x)) * moved
    return b


def learn_data(samples: Samples, names: Sequence[str], steps: int = 300, decay: float = 3.0) -> Any:
    """A ranking by softmax over a table's candidates, whose weights keep the signs that they can have."""
    against = np.array([n in AGAINST for n in names])
    either = np.array([n in EITHER for n in names])
    said = Counter(s["paper"] for s in samples if s["data"])
    groups = [
        (
            np.array([row(f, names) for f, _ in s["data"]]),
            np.array([float(r) for _, r in s["data"]]),
            s["weight"] * min(1.0, 2 / said[s["paper"]]),
        )
        for s in samples
        if any(r for _, r in s["data"])
    ]
    b = np.zeros(len(names))
    m, v = np.zeros_like(b), np.zeros_like(b)
    for step in range(1, steps + 1):
        slope = 0.3 * decay * b
        for x, right, weight in groups:
            z = x @ b
            p = np.exp(z - z.max())
            q = p * right
            slope = slope + weight * (x.T @ (p / p.sum() - q / q.sum()))
        m, v = 0.9 * m + 0.1 * slope, 0.99 * v + 0.01 * slope**2
        b = b - 0.1 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.99**step)) + 1e-6)
        b = np.where(either, b, np.where(against, np.minimum(b, 0), np.maximum(b, 0)))
    return b


def left_out(samples: Samples) -> None:
    """Prints how many axes and tables of papers that were left out are named right."""
    roles, data = named(samples, "axes"), named(samples, "data")
    right: Counter[str] = Counter()
    for paper in sorted({s["paper"] for s in samples}):
        rest = [s for s in samples if s["paper"] != paper]
        of_roles, of_data = learn_roles(rest, roles), learn_data(rest, data)
        for sample in (s for s in samples if s["paper"] == paper):
            for features, role in sample["axes"]:
                right["axes"] += 1
                right["axes right"] += ROLES[int(np.argmax(row(features, roles) @ of_roles))] == role
            if sample["data"]:
                scores = [float(row(f, data) @ of_data) for f, _ in sample["data"]]
                right["tables"] += 1
                right["tables right"] += sample["data"][int(np.argmax(scores))][1]
    print(", ".join(f"{name} {count}" for name, count in right.items()))


def write(samples: Samples) -> None:
    roles, data = named(samples, "axes"), named(samples, "data")
    of_roles, of_data = learn_roles(samples, roles), learn_data(samples, data)
    head = '"""Weights of `{}`, as `benchmarks/learn_names.py` learnt them{}."""\n\nfrom __future__ import annotations\n\n'
    lines = [
        f"    {json.dumps(n)}: ({', '.join(str(round(float(w), 2)) for w in of_roles[k])}),\n"
        for k, n in enumerate(roles)
        if abs(of_roles[k]).max() > 0.04
    ]
    text = head.format("role_model", ": (method, data set, metric, setting)")
    text += "WEIGHTS: dict[str, tuple[float, float, float, float]] = {\n" + "".join(lines) + "}\n"
    (READER / "role_weights.py").write_text(text)
    lines = [
        f"    {json.dumps(n)}: {round(float(of_data[k]), 2)},\n"
        for k, n in enumerate(data)
        if abs(of_data[k]) > 0.04
    ]
    text = head.format("data_model", "") + "WEIGHTS: dict[str, float] = {\n" + "".join(lines) + "}\n"
    (READER / "data_weights.py").write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("samples", type=Path, nargs="?")
    parser.add_argument("--collect", type=Path, nargs=2, metavar=("PDFS", "LABELS"))
    parser.add_argument("--scorer", type=Path, default=ROOT.parent / "shared" / "papers" / "score.py")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    if args.collect:
        spec = importlib.util.spec_from_file_location("score", args.scorer)
        if spec is None or spec.loader is None or not args.scorer.is_file():
            print(f"No scorer at {args.scorer}.", file=sys.stderr)
            return 2
        scorer = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(scorer)
        for sample in collect(args.collect[0], args.collect[1], scorer):
            print(json.dumps(sample))
        return 0
    if args.samples is None:
        parser.error("no samples given")
    samples = [json.loads(line) for line in args.samples.read_text().splitlines()]
    left_out(samples)
    if args.write:
        write(samples)
    return 0


if __name__ == "__main__":
    sys.exit(main())
