"""The computation behind the sample paper: `python study.py` writes results.json (about 15 s on one core).

The split seeds stand here and not in the paper, as in most published studies: whoever reproduces the paper
from its text alone meets the spread over splits.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

SPLITS = 20
FIRST_SPLIT_SEED = 2000
TEST_FRACTION = 0.3

Make = Callable[[int], Any]

METHODS: dict[str, Make] = {
    "1-NN, raw": lambda seed: KNeighborsClassifier(n_neighbors=1),
    "1-NN": lambda seed: make_pipeline(StandardScaler(), KNeighborsClassifier(n_neighbors=1)),
    "5-NN, raw": lambda seed: KNeighborsClassifier(n_neighbors=5),
    "5-NN": lambda seed: make_pipeline(StandardScaler(), KNeighborsClassifier(n_neighbors=5)),
    "Gaussian naive Bayes": lambda seed: make_pipeline(StandardScaler(), GaussianNB()),
    "Logistic regression": lambda seed: make_pipeline(
        StandardScaler(), LogisticRegression(C=1.0, max_iter=1000)
    ),
    "Linear SVM": lambda seed: make_pipeline(
        StandardScaler(), LinearSVC(C=1.0, max_iter=20000, random_state=seed)
    ),
    "RBF SVM": lambda seed: make_pipeline(StandardScaler(), SVC(C=1.0, kernel="rbf", gamma="scale")),
    "Random forest": lambda seed: RandomForestClassifier(n_estimators=50, random_state=seed),
}

DISTANCES: dict[str, Make] = {
    f"{k}-NN, {name}": lambda seed, k=k, p=p: make_pipeline(  # type: ignore[misc]
        StandardScaler(), KNeighborsClassifier(n_neighbors=k, p=p)
    )
    for k in (1, 5)
    for name, p in (("Euclidean", 2), ("Manhattan", 1))
}

DATASETS = {"Wine": load_wine, "WDBC": load_breast_cancer}
MALIGNANT = 0  # scikit-learn's code of the class in load_breast_cancer


def measure(dataset: str, method: str, splits: int) -> dict[str, list[float]]:
    """Percentages per split: accuracy or error, and for WDBC sensitivity and specificity (positive: malignant)."""
    x, y = DATASETS[dataset](return_X_y=True)
    make = (METHODS | DISTANCES)[method]
    values: dict[str, list[float]] = {"error": []} if method in DISTANCES else {"accuracy": []}
    if dataset == "WDBC" and method in METHODS:
        values |= {"sensitivity": [], "specificity": []}
    for seed in range(FIRST_SPLIT_SEED, FIRST_SPLIT_SEED + splits):
        x_train, x_test, y_train, y_test = train_test_split(
            x, y, test_size=TEST_FRACTION, stratify=y, random_state=seed
        )
        predicted = make(seed).fit(x_train, y_train).predict(x_test)
        accuracy = 100 * accuracy_score(y_test, predicted)
        if "error" in values:
            values["error"].append(100 - accuracy)
        else:
            values["accuracy"].append(accuracy)
        if "sensitivity" in values:
            values["sensitivity"].append(100 * recall_score(y_test, predicted, pos_label=MALIGNANT))
            values["specificity"].append(100 * recall_score(y_test, predicted, pos_label=1 - MALIGNANT))
    return values


def summary(values: list[float]) -> dict[str, float]:
    """Mean and sample standard deviation in percent, rounded as the paper prints them."""
    return {"mean": round(statistics.fmean(values), 2), "sd": round(statistics.stdev(values), 2)}


def study(splits: int = SPLITS) -> dict[str, Any]:
    """All figures of the paper by data set, method and metric."""
    return {
        "splits": splits,
        "results": {
            dataset: {
                method: {name: summary(v) for name, v in measure(dataset, method, splits).items()}
                for method in METHODS | DISTANCES
            }
            for dataset in DATASETS
        },
    }


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("results.json")
    target.write_text(json.dumps(study(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
