"""Names as papers print them: understood to the last word, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2n_ext.catalog import datasets, methods, metrics
from p2n_ext.catalog.names import fold, slug, soften


@pytest.mark.parametrize(
    ("printed", "key", "parameters"),
    [
        ("L1-NN", "knn", {"k": 1, "distance": "manhattan"}),
        ("5-NN, Manhattan", "knn", {"k": 5, "distance": "manhattan"}),
        ("k-nearest neighbours (k = 9)", "knn", {"k": 9}),
        ("K-Nearest Neighbor (KNN)", "knn", {}),
        ("Nearest Neighbor search", "knn", {"k": 1}),
        ("Linear Regression", "linear_regression", {}),
        ("Softmax Regression", "softmax_regression", {}),
        ("Logistic regression", "softmax_regression", {}),
        ("L2-SVM", "linear_svm", {"loss": "squared_hinge"}),
        ("Linear SVM", "linear_svm", {}),
        ("SVM (RBF kernel, C=10)", "kernel_svm", {"kernel": "rbf", "C": 10.0}),
        ("Gaussian naïve Bayes", "gaussian_naive_bayes", {}),
        ("Naive Bayes (NB) [18]", "gaussian_naive_bayes", {}),
        ("Decision Tree", "decision_tree", {}),
        ("Random Forest", "random_forest", {}),
    ],
)
def test_method_names(printed: str, key: str, parameters: dict[str, Any]) -> None:
    understood = methods.understand(printed)
    assert not isinstance(understood, str)
    assert [method.key for method in understood.candidates] == [key]
    assert understood.parameters == parameters


@pytest.mark.parametrize(
    ("printed", "parameters"),
    [
        ("Multilayer Perceptron (MLP)", {}),
        ("MLP 30x60x40x1", {"hidden": [60, 40]}),
        ("MLP, 32 units", {"hidden": [32]}),
        ("MLP with 64 hidden units", {"hidden": [64]}),
    ],
)
def test_networks_may_be_of_either_library(printed: str, parameters: dict[str, Any]) -> None:
    understood = methods.understand(printed)
    assert not isinstance(understood, str)
    assert [method.key for method in understood.candidates] == ["mlp", "torch_mlp"]
    assert understood.parameters == parameters


@pytest.mark.parametrize(
    ("printed", "left"),
    [("SVM-RFE", "rfe"), ("Decision Tree J48", "j48"), ("PCA + 1-NN", "pca +"), ("ResNet-50", "resnet 50")],
)
def test_a_method_with_a_word_that_nobody_knows_is_refused(printed: str, left: str) -> None:
    assert methods.understand(printed) == left


def test_a_shared_name_keeps_all_its_candidates() -> None:
    understood = methods.understand("SVM")
    assert not isinstance(understood, str)
    assert {method.key for method in understood.candidates} == {"linear_svm", "kernel_svm"}


@pytest.mark.parametrize(
    ("printed", "preprocessing"),
    [("5-NN, raw", []), ("5-NN on standardised features", ["standardize_train"]), ("5-NN", None)],
)
def test_preparation_in_a_method_name(printed: str, preprocessing: list[str] | None) -> None:
    understood = methods.understand(printed)
    assert not isinstance(understood, str)
    assert understood.preprocessing == preprocessing


@pytest.mark.parametrize(
    ("printed", "text", "key"),
    [
        ("WDBC", "", "breast_cancer"),
        ("Wisconsin Diagnostic Breast Cancer (WDBC) dataset[22]", "", "breast_cancer"),
        ("Breast cancer", "569 instances", "breast_cancer"),
        ("Breast cancer", "699 instances", "breast_w"),
        ("Wisconsin Breast Cancer (Original)", "569", "breast_w"),
        ("Wine", "", "wine"),
        ("Wine Quality", "", None),
        ("Iris flowers", "", "iris"),
        ("optdigits", "", "digits"),
        ("MNIST digits", "1797", "mnist"),
        ("Pima Indians Diabetes", "442", "pima"),
        ("Diabetes", "442 patients", "diabetes"),
        ("Diabetes", "768 patients", "pima"),
        ("CIFAR-10", "", "cifar10"),
        ("CIFAR-9", "", None),
    ],
)
def test_dataset_names(printed: str, text: str, key: str | None) -> None:
    found = datasets.find(printed, text)
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        ("Accuracy", "accuracy"),
        ("Test accuracy (%)", "accuracy"),
        ("Test error", "error_rate"),
        ("Sensitivity", "tpr"),
        ("FPR", "fpr"),
        ("F1-score", "f1"),
        ("macro-F1", "f1_macro"),
        ("Macro averaged F1", "f1_macro"),
        ("weighted precision", "precision_weighted"),
        ("balanced accuracy", "balanced_accuracy"),
        ("R²", "r2"),
        ("Root mean square error", "rmse"),
        ("Top-5 accuracy", None),
        ("ROC-AUC", "auc"),
        ("one-vs-rest AUC", "auc_ovr_macro"),
        ("AUPRC", None),
        ("Log loss", "log_loss"),
        ("test perplexity", "perplexity"),
        ("median CRPS loss", "crps_median"),
        ("CRPS", "crps"),
        ("Adjusted Rand index", "ari"),
        ("NMI", "nmi_max"),
        ("NMI (geometric)", "nmi_geometric"),
        ("mean NMI", "nmi_max"),
        ("min NMI", None),
        ("PUR", "purity"),
        ("mean average precision", None),
    ],
)
def test_metric_names(printed: str, key: str | None) -> None:
    found = metrics.find(printed)
    assert (found.key if found else None) == key


def test_names_are_of_one_kind_each() -> None:
    assert len({m.key for m in methods.ALL}) == len(methods.ALL)
    assert len({m.key for m in metrics.ALL}) == len(metrics.ALL)
    assert len({d.key for d in datasets.ALL}) == len(datasets.ALL)


@given(st.text(max_size=80))
def test_no_name_breaks_the_reading_of_names(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    methods.understand(text)
    methods.mentions(soften(text))
    metrics.find(text)
    datasets.find(text, text)
    assert slug(text)[0].isalnum()
