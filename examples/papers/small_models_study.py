"""The computation behind the second sample paper: `python small_models_study.py` writes small_models_results.json.

About a minute on one core. It needs scikit-learn, palmerpenguins, and PyTorch for the networks. The seeds of the folds
stand here and not in the paper, as in most published studies: whoever reproduces the paper from its text alone meets
the spread over shuffles.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from palmerpenguins import load_penguins
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, r2_score, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

FOLDS = 5
REPEATS = 10
FIRST_SEED = 3000
MEASUREMENTS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]

REGRESSORS: dict[str, Callable[[int], Any]] = {
    "Linear regression": lambda seed: LinearRegression(),
    "5-NN": lambda seed: KNeighborsRegressor(n_neighbors=5),
    "Random forest": lambda seed: RandomForestRegressor(n_estimators=50, random_state=seed),
}

WIDTHS = {"MLP, 16 units": 16, "MLP, 32 units": 32, "MLP, 64 units": 64}
EPOCHS, BATCH, RATE, DROPOUT = 15, 64, 0.01, 0.2


def penguins() -> tuple[Any, Any]:
    """Three measurements and the body mass in grams of the penguins for which all four are known."""
    known = load_penguins().dropna(subset=[*MEASUREMENTS, "body_mass_g"])
    return known[MEASUREMENTS].to_numpy(float), known["body_mass_g"].to_numpy(float)


def regression(method: str, repeats: int = REPEATS) -> dict[str, list[float]]:
    """RMSE in grams and R2 by repetition, each the mean over the folds."""
    x, y = penguins()
    values: dict[str, list[float]] = {"rmse": [], "r2": []}
    for seed in range(FIRST_SEED, FIRST_SEED + repeats):
        rmse, r2 = [], []
        for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(x):
            scaler = StandardScaler().fit(x[train])
            model = REGRESSORS[method](seed).fit(scaler.transform(x[train]), y[train])
            predicted = model.predict(scaler.transform(x[test]))
            rmse.append(root_mean_squared_error(y[test], predicted))
            r2.append(r2_score(y[test], predicted))
        values["rmse"].append(statistics.fmean(rmse))
        values["r2"].append(statistics.fmean(r2))
    return values


def predict_digits(width: int, x_train: Any, y_train: Any, x_test: Any, seed: int) -> Any:
    """One network: 64 inputs, one hidden layer with batch normalisation and dropout, 10 outputs."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = torch.nn.Sequential(
        torch.nn.Linear(x_train.shape[1], width),
        torch.nn.BatchNorm1d(width),
        torch.nn.ReLU(),
        torch.nn.Dropout(DROPOUT),
        torch.nn.Linear(width, 10),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    features, labels = torch.tensor(x_train, dtype=torch.float32), torch.tensor(y_train)
    network.train()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(features)).split(BATCH):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(features[batch]), labels[batch]).backward()
            optimizer.step()
    network.eval()
    with torch.no_grad():
        return network(torch.tensor(x_test, dtype=torch.float32)).argmax(1).numpy()


def networks(name: str, repeats: int = REPEATS) -> dict[str, list[float]]:
    """Accuracy in percent by repetition, the mean over the folds."""
    x, y = load_digits(return_X_y=True)
    values = []
    for seed in range(FIRST_SEED, FIRST_SEED + repeats):
        folds = []
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(x, y):
            scaler = StandardScaler().fit(x[train])
            predicted = predict_digits(
                WIDTHS[name], scaler.transform(x[train]), y[train], scaler.transform(x[test]), seed
            )
            folds.append(100 * accuracy_score(y[test], predicted))
        values.append(statistics.fmean(folds))
    return {"accuracy": values}


def summary(name: str, values: list[float]) -> dict[str, float]:
    """Mean and sample standard deviation, rounded as the paper prints them."""
    digits = {"rmse": 1, "r2": 3, "accuracy": 2}[name]
    return {"mean": round(statistics.fmean(values), digits), "sd": round(statistics.stdev(values), digits)}


def study() -> dict[str, Any]:
    """All figures of the paper by method and metric."""
    measured = {name: regression(name) for name in REGRESSORS} | {name: networks(name) for name in WIDTHS}
    return {
        "folds": FOLDS,
        "repeats": REPEATS,
        "penguins": len(penguins()[1]),
        "digits": len(np.asarray(load_digits().target)),
        "results": {
            method: {name: summary(name, values) for name, values in metrics.items()}
            for method, metrics in measured.items()
        },
    }


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("small_models_results.json")
    target.write_text(json.dumps(study(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
