"""The cells that every notebook has: reporting, protocol, preparation, evaluation, comparison. Plain source, no templates."""

from __future__ import annotations

from p2n_schemas.plans import PlanBody, Protocol

from ..metrics import Metric, Task
from ..source import Output
from .outputs import expression, shown, views

IMPORTS = ("import matplotlib.pyplot as plt", "import numpy as np", "from IPython.display import display")


# how a prediction is called beside the truth
_GUESS: dict[Task, str] = {
    "classification": "name(guess)",
    "regression": "name(guess)",
    "clustering": 'f"cluster {int(guess)}"',
}


def reported_split(protocol: Protocol) -> str:
    """The rows that metrics are computed on, as metrics.json names them."""
    return "all" if protocol.kind == "whole" else "test"


def reporting(dataset: str, seed: int, split: str, task: Task) -> str:
    return f'''\
SEED = {seed}
DATASET = "{dataset}"


def report(experiment, repeat, name, value, split="{split}", step=None):
    """Hand one measured number to whoever runs this notebook; elsewhere it is shown as text.

    With a step it is a point of a curve, without one a result.
    """
    metric = {{
        "name": name,
        "value": value,
        "split": split,
        "dataset": DATASET,
        "experiment": experiment,
        "repeat": repeat,
    }}
    text = f"{{experiment}}, repeat {{repeat}}: {{name}} = {{value:.6f}}"
    if step is not None:
        metric["step"] = step
        text += f" at step {{step}}"
    display({{"application/vnd.p2n.metric+json": metric, "text/plain": text}}, raw=True)


def show_samples(experiment, rows, expected, predicted, count=8):
    """Some predictions of the first repeat, to see the method at work."""

    def name(value):
        return CLASSES[int(value)] if CLASSES else float(value)

    items = [
        {{"index": int(row), "expected": name(truth), "predicted": {_GUESS[task]}}}
        for row, truth, guess in list(zip(rows, expected, predicted))[:count]
    ]
    text = "\\n".join(
        f"row {{i['index']}}: expected {{i['expected']}}, predicted {{i['predicted']}}" for i in items
    )
    sample = {{"experiment": experiment, "items": items}}
    display({{"application/vnd.p2n.sample+json": sample, "text/plain": text}}, raw=True)'''


def protocol(
    protocol: Protocol, classification: bool, train_rows: int | None = None
) -> tuple[str, tuple[str, ...]]:
    """The generator of (training rows, test rows), and its imports."""
    stratified = protocol.stratified and classification
    if protocol.kind == "whole":
        source = '''\
def split(seed):
    """All rows, to fit on and to evaluate on; no seed plays a part in it."""
    rows = np.arange(len(y))
    yield rows, rows'''
        return source, ("import numpy as np",)
    if protocol.kind == "given":
        source = f'''\
def split(seed):
    """The parts that the data comes in; no seed plays a part in it."""
    yield np.arange({train_rows}), np.arange({train_rows}, len(y))'''
        return source, ("import numpy as np",)
    if protocol.kind == "kfold":
        name = "StratifiedKFold" if stratified else "KFold"
        source = f'''\
def split(seed):
    """Training and test rows of each of the {protocol.folds} folds, shuffled by the seed."""
    folds = {name}(n_splits={protocol.folds}, shuffle=True, random_state=seed)
    yield from folds.split(X, y)'''
        return source, (f"from sklearn.model_selection import {name}",)
    size: float | int = protocol.test_rows or protocol.test_fraction or 0
    share = f"{size} rows" if protocol.test_rows else f"{round(100 * size, 4):g} %"
    keep = ", stratify=y" if stratified else ""
    source = f'''\
def split(seed):
    """Training and test rows of one random split: {share} are for testing."""
    yield train_test_split(
        np.arange(len(y)), test_size={size}{keep}, random_state=seed
    )'''
    return source, ("from sklearn.model_selection import train_test_split",)


_SCALERS = {"standardize": "StandardScaler", "minmax": "MinMaxScaler"}
_WORDS = {"standardize": "Zero mean and unit variance", "minmax": "From 0 to 1"}
PREPARATIONS = tuple(f"{kind}_{rows}" for kind in _SCALERS for rows in ("train", "all"))


def preparations(names: list[str]) -> tuple[str, tuple[str, ...]]:
    """A function for each preparation that the plan uses; raises KeyError for one that is not known."""
    parts: list[str] = []
    imports: set[str] = set()
    for name in names:
        if name not in PREPARATIONS:
            raise KeyError(name)
        kind, _, rows = name.partition("_")
        scaler = _SCALERS[kind]
        imports.add(f"from sklearn.preprocessing import {scaler}")
        if rows == "train":
            parts.append(
                f"def {name}(features, train):\n"
                f'    """{_WORDS[kind]}, computed on the training rows only."""\n'
                f"    return {scaler}().fit(features[train]).transform(features)"
            )
        else:
            parts.append(
                f"def {name}(features, train):\n"
                f'    """{_WORDS[kind]}, computed on all rows before the split, as the paper does."""\n'
                f"    return {scaler}().fit_transform(features)"
            )
    return "\n\n\n".join(parts), tuple(sorted(imports))


def measuring(metrics: list[Metric], outputs: set[Output]) -> str:
    """A dictionary of metric functions, after the functions that these need."""
    helpers = {h.name: h for h in (*views(outputs, metrics), *(h for m in metrics for h in m.helpers))}
    lines = [f"{helper.source}\n\n" for helper in helpers.values()]
    lines.append("METRICS = {")
    for metric in metrics:
        source = expression(metric, outputs)
        body = f'    "{metric.key}": lambda truth, predicted: {source},'
        if len(body) <= 88:
            lines.append(body)
        else:
            call, _, rest = source.partition("(")
            inner = rest.rsplit(")", 1)[0]
            lines += [f'    "{metric.key}": lambda truth, predicted: {call}(', f"        {inner}", "    ),"]
    lines.append("}")
    return "\n".join(lines)


_EVALUATE = '''\
observed = {}


def evaluate(experiment, fit_predict, preparations, metrics, repeats):
    """Run one method `repeats` times, each on a split of its own, and report every repeat."""
    observed[experiment] = {name: [] for name in metrics}
    for repeat in range(repeats):
        seed = SEED + repeat
        parts = []
        for train, test in split(seed):
            features = X
            for prepare in preparations:
                features = prepare(features, train)
{watching}            predicted = {fitting}
            parts.append({name: METRICS[name](y[test], predicted) for name in metrics})
            if repeat == 0 and len(parts) == 1:
                first = (test, y[test], {shown})
        values = {}
        for name in metrics:
            # rounded so that the last bits of a floating point sum do not matter
            values[name] = round(float(np.mean([part[name] for part in parts])), 12)
            observed[experiment][name].append(values[name])
        line = "  ".join(f"{name} {value:.4f}" for name, value in values.items())
        print(f"{experiment}  repeat {repeat + 1}/{repeats}  {line}", flush=True)
        for name, value in values.items():
            report(experiment, repeat, name, value)
    show_samples(experiment, *first)'''
_WATCHING = """\
            # the loss of the first fit is shown, the others would only repeat it
            watched[:] = [experiment] if repeat == 0 and not parts else []
"""


def evaluation(curves: bool, task: Task, outputs: set[Output]) -> str:
    """The loop over repeats and splits; with curves, `show_loss` is told which fit to show."""
    fitting = "fit_predict(features[train], y[train], features[test], seed)"
    if task == "clustering":
        fitting = "fit_predict(features, seed)"
    filled = _EVALUATE.replace("{watching}", _WATCHING if curves else "")
    return filled.replace("{fitting}", fitting).replace("{shown}", shown(outputs))


def claimed(body: PlanBody) -> str:
    """The claims in the metrics' own units."""
    lines = ["CLAIMED = [", "    # experiment, metric, value in the metric's own unit"]
    for experiment in body.experiments:
        for metric in experiment.metrics:
            lines.append(f'    ("{experiment.id}", "{metric.name}", {metric.goal!r}),')
    lines.append("]")
    return "\n".join(lines)


COMPARISON_PLOT = """\
names = list(dict.fromkeys(metric for _, metric, _ in CLAIMED))
height = 0.35 * len(observed) + 1.2
figure, panels = plt.subplots(
    1, len(names), figsize=(4.2 * len(names) + 1.5, height), sharey=True, squeeze=False
)
order = list(observed)
for panel, name in zip(panels[0], names):
    for row, experiment in enumerate(order):
        values = observed[experiment].get(name, [])
        panel.plot(values, [row] * len(values), "o", color="tab:blue", alpha=0.25)
        if values:
            panel.plot(np.mean(values), row, "|", color="tab:blue", markersize=16)
    goals = [(goal, order.index(e)) for e, metric, goal in CLAIMED if metric == name]
    panel.plot(*zip(*goals), "D", color="tab:orange", markersize=6, label="claimed")
    panel.plot([], [], "o", color="tab:blue", alpha=0.5, label="observed, each repeat")
    panel.set_title(name)
    panel.grid(axis="x", alpha=0.3)
panels[0][0].set_yticks(range(len(order)), order)
panels[0][0].invert_yaxis()
figure.legend(*panels[0][0].get_legend_handles_labels(), loc="lower center", ncols=2)
figure.tight_layout(rect=(0, 0.12, 1, 1))
plt.show()"""

COMPARISON_TABLE = """\
print(f"{'experiment':30} {'metric':20} {'claimed':>10} {'observed':>10} {'spread':>8} {'n':>3}")
for experiment, name, goal in CLAIMED:
    values = observed[experiment][name]
    spread = np.std(values, ddof=1) if len(values) > 1 else 0.0
    numbers = f"{goal:10.4f} {np.mean(values):10.4f} {spread:8.4f} {len(values):3}"
    print(f"{experiment:30} {name:20} {numbers}")"""
