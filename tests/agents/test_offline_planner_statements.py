"""Settings read from sentences and tables of many wordings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2n_ext.agents.planning import setup, statements, tables
from p2n_ext.agents.planning.quotes import Pages
from p2n_ext.catalog import datasets


def said(text: str, setting: str, method: str, name: str = "x") -> Any:
    pages = Pages([text])
    found = [*tables.read(pages, [name]), *statements.read(pages.sentences())]
    choice = statements.choose(found, setting, method, name)
    return None if choice is None else choice.disagreement or choice.value


@pytest.mark.parametrize(
    ("text", "setting", "method", "value"),
    [
        ("For the k-nearest neighbour classifier we set k = 7 in all runs.", "k", "knn", 7),
        ("The SVM uses an RBF kernel with C = 10 and gamma = 0.01 throughout.", "C", "kernel_svm", 10.0),
        (
            "The SVM uses an RBF kernel with C = 10 and gamma = 0.01 throughout.",
            "gamma",
            "kernel_svm",
            0.01,
        ),
        ("The penalty parameter C was set to 0.5 for logistic regression.", "C", "softmax_regression", 0.5),
        ("Our random forest consists of 500 trees with a maximum depth of 8.", "trees", "random_forest", 500),
        (
            "Our random forest consists of 500 trees with a maximum depth of 8.",
            "max_depth",
            "random_forest",
            8,
        ),
        ("The MLP has hidden layers of (64, 32) units and ReLU activations.", "hidden", "mlp", [64, 32]),
        ("The MLP has hidden layers of (64, 32) units and ReLU activations.", "activation", "mlp", "relu"),
        ("The MLP was trained for 200 epochs with a batch size of 64.", "epochs", "mlp", 200),
        ("The MLP was trained for 200 epochs with a batch size of 64.", "batch_size", "mlp", 64),
        ("We trained all models using Adam with a learning rate of 1e-3.", "optimizer", "mlp", "adam"),
        ("We trained all models using Adam with a learning rate of 1e-3.", "learning_rate", "mlp", 0.001),
        ("We trained all models using SGD except for the MLP in this study.", "optimizer", "mlp", None),
        (
            "We trained all models using SGD except for the MLP in this study.",
            "optimizer",
            "linear_regression",
            "sgd",
        ),
        ("Distances are measured by the Manhattan distance in k-NN.", "distance", "knn", "manhattan"),
        # what others did, what one might do, and what belongs to another method
        ("First, [18] implemented an SVM with an RBF kernel and C = 3.", "C", "kernel_svm", None),
        ("Smith et al. (2011) used k = 3 in their k-NN classifier.", "k", "knn", None),
        ("In future work k-NN with k = 11 should be tried on more data.", "k", "knn", None),
        ("The random forest has 100 trees, and k = 3 is used in k-NN.", "k", "random_forest", None),
    ],
)
def test_prose(text: str, setting: str, method: str, value: Any) -> None:
    assert said(text, setting, method) == value


def test_each_value_goes_to_the_method_before_it() -> None:
    text = "We use logistic regression with C = 2, a linear SVM with C = 3 and an RBF SVM with C = 4 and no others."
    assert [said(text, "C", m) for m in ("softmax_regression", "linear_svm", "kernel_svm")] == [2.0, 3.0, 4.0]


def test_contradicting_statements_are_not_decided_by_chance() -> None:
    text = "The k-NN classifier uses k = 3 here. Elsewhere the k-NN classifier uses k = 9 instead."
    assert said("The k-NN rule uses k = 3 here. Later the k-NN rule uses k = 9 for all.", "k", "knn") == (
        "the paper gives 3 and 9"
    )
    assert said(text, "k", "knn") == "the paper gives 3 and 9"


def test_table_with_methods_along_its_head() -> None:
    text = (
        "Table 1: Settings.\nSetting GRU-SVM Linear Regression MLP Nearest Neighbor SVM\n"
        "Epochs 3000 300 200 N/A 100\nLearning Rate 1e-3 1e-4 1e-2 N/A 1e-3\n"
    )
    assert said(text, "epochs", "linear_regression") == 300
    assert said(text, "epochs", "mlp") == 200
    assert said(text, "learning_rate", "mlp") == 0.01
    assert said(text, "epochs", "knn") is None
    assert said(text, "epochs", "linear_svm") == 100


def test_table_with_settings_along_its_head() -> None:
    text = "Table 1: Settings.\nMethod Epochs Batch size Learning rate\nMLP 200 64 0.01\nSoftmax regression 50 32 0.1\n"
    assert said(text, "batch_size", "mlp") == 64
    assert said(text, "learning_rate", "softmax_regression") == 0.1


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("The dataset was partitioned: 70% for training phase, and 30% for the testing phase.", 0.3),
        ("We used an 80/20 split of the data in all of our runs.", 0.2),
        ("We split the data randomly 75:25 into both of the parts.", 0.25),
        ("In each run 20% of the data were held out for testing only.", 0.2),
        ("We call train_test_split with test_size=0.33 in every run.", 0.33),
        ("Of the participants, 70% were women and 20% were over sixty.", None),
    ],
)
def test_splits(text: str, fraction: float | None) -> None:
    found = setup.read(Pages([text]).sentences(), datasets.WINE)
    assert (found.protocol.test_fraction if found.protocol else None) == fraction


@pytest.mark.parametrize(
    ("text", "folds", "repeats", "stratified"),
    [
        ("We report stratified 10-fold cross-validation, repeated 5 times.", 10, 5, True),
        ("All methods are compared by ten-fold cross validation here.", 10, None, False),
        ("A CV technique such as 10-fold cross validation should be used.", None, None, False),
        ("Results are averaged over 30 runs of 5-fold cross-validation.", 5, 30, False),
    ],
)
def test_folds_and_repeats(text: str, folds: int | None, repeats: int | None, stratified: bool) -> None:
    found = setup.read(Pages([text]).sentences(), datasets.WINE)
    assert (found.protocol.folds if found.protocol else None) == folds
    assert found.repeats == repeats
    assert bool(found.protocol and found.protocol.stratified) == stratified


@pytest.mark.parametrize(
    ("text", "kind", "rows"),
    [
        (
            "The dataset was standardized using StandardScaler().fit_transform() of scikit-learn.",
            "standardize",
            "all",
        ),
        (
            "Features are standardised; mean and variance are computed on the training part.",
            "standardize",
            "train",
        ),
        ("All features were scaled to the range [0, 1] before training.", "minmax", None),
        ("The input data were normalized before they were used.", "normalize", None),
        ("The features have different units, as is often the case.", None, None),
    ],
)
def test_preparation(text: str, kind: str | None, rows: str | None) -> None:
    sentences = Pages([text]).sentences()
    found = [s.value for s in setup.preprocessing(sentences)]
    assert found == ([kind] if kind else [])
    if kind == "standardize":
        assert setup.read(sentences, datasets.WINE).fitted_on == rows


@given(st.lists(st.text(alphabet="abk=13 .,%[]()C-\nSVMNtrainest", max_size=300), min_size=1, max_size=3))
def test_whatever_the_page_says_each_statement_can_be_quoted(texts: list[str]) -> None:
    pages = Pages(texts)
    sentences = pages.sentences()
    for entry in [*tables.read(pages, ["SVM"]), *statements.read(sentences), *setup.preprocessing(sentences)]:
        assert pages.holds(entry.page, entry.text)
