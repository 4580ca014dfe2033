"""Settings of the newer methods, protocols without a split, and what a claim's metric and place leave open."""

from __future__ import annotations

from typing import Any

import pytest

from p2n_ext.agents.planning import measures, naming, setup, statements, tables
from p2n_ext.agents.planning.planner import write_plan
from p2n_ext.agents.planning.quotes import Pages
from p2n_ext.catalog import datasets, metrics
from p2n_ext.catalog.methods import Understood
from p2n_schemas.claims import Box, Citation, Claim
from p2n_schemas.errors import P2NError
from p2n_schemas.plans import Fidelity

BOX = Box(x0=0, top=0, x1=1, bottom=1)


def said(text: str, setting: str, method: str, name: str = "x") -> Any:
    pages = Pages([text])
    found = [*tables.read(pages, [name]), *statements.read(pages.sentences())]
    choice = statements.choose(found, setting, method, name)
    return None if choice is None else choice.disagreement or choice.value


def claim(number: int, method: str, dataset: str, metric: str, value: str, quote: str, **more: Any) -> Claim:
    citation = {"label": "Table 1", "page": 1, "quote": quote, "box": BOX, "region": BOX, **more}
    return Claim(
        id=f"c{number}",
        paper_id="p",
        method=method,
        dataset=dataset,
        split=citation.pop("split", None),
        metric=metric,
        value=float(value),
        value_printed=value,
        units=None,
        direction=None,
        citation=Citation(**citation),
        confidence=1.0,
    )


@pytest.mark.parametrize(
    ("text", "setting", "method", "value"),
    [
        (
            "k-means was restarted with 50 different initializations of the centres.",
            "restarts",
            "k_means",
            50,
        ),
        ("The k-means algorithm was run with 20 random restarts on each.", "restarts", "pca_k_means", 20),
        ("We ran KMeans with n_init=25 and kept the best of these.", "restarts", "k_means", 25),
        ("For spectral clustering we look for 8 clusters in all data.", "clusters", "spectral_clustering", 8),
        ("We keep as many components as explain 90% of the variance.", "variance", "pca_k_means", 0.9),
        ("The components constituted 98% of the total variance here.", "variance", "pca_k_means", 0.98),
        ("Ridge regression uses alpha = 0.5 for all of its runs.", "alpha", "ridge", 0.5),
        ("For the lasso, λ was set to 0.02 throughout the study.", "alpha", "lasso", 0.02),
        ("Gradient boosting used 300 trees with a learning rate of 0.05.", "trees", "gradient_boosting", 300),
        (
            "Gradient boosting used 300 trees with a learning rate of 0.05.",
            "learning_rate",
            "gradient_boosting",
            0.05,
        ),
        ("AdaBoost was run for 200 boosting rounds in every one.", "trees", "adaboost", 200),
        # what is said of a forest holds for what is built on forests
        ("The random forest has the number of trees set to 20 here.", "trees", "cross_conformal", 20),
        ("SCPS gives reasonable results for 70%:30% splits of it.", "fraction", "split_conformal", 0.7),
        ("The MLP uses dropout at 0.5 after its hidden layer here.", "dropout", "torch_mlp", 0.5),
        ("It is a fully connected neural network of size 30x100x1.", "hidden", "mlp", [100]),
    ],
)
def test_settings(text: str, setting: str, method: str, value: Any) -> None:
    assert said(text, setting, method) == value


def test_known_clusters_are_as_many_as_the_classes_and_quoted() -> None:
    pages = Pages(["In k-means the number of clusters was assumed to be known."])
    choice = statements.choose(list(statements.read(pages.sentences())), "clusters", "k_means", "x")
    assert choice is not None
    assert choice.value is None
    assert choice.statement is not None


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("We split it into a training sequence of length 342 and a test sequence of length 100.", 100),
        ("There are 342 samples for training, and the other 100 samples for testing.", 100),
        ("We used a training set of size 300 and a test set of size 100 of another source.", None),
        # what a method sets aside of its training data is no test data
        ("The training sequence has 50%:50% splits into proper training and calibration parts.", None),
    ],
)
def test_rows_of_the_split_count_where_they_add_up(text: str, rows: int | None) -> None:
    found = setup.read(Pages([text]).sentences(), datasets.DIABETES)
    assert (found.protocol.test_rows if found.protocol else None) == rows


def test_splits_within_a_method_are_no_repeats_of_the_experiment() -> None:
    pages = Pages(["For each fraction we perform 20 random splits and compute the loss of the SCPS."])
    assert setup.read(pages.sentences(), datasets.DIABETES).repeats is None
    assert (
        said("For each fraction we perform 20 random splits of the SCPS.", "splits", "split_conformal") == 20
    )


@pytest.mark.parametrize(
    ("text", "positive"),
    [
        ("The cost of a false negative is high: the patient has cancer and is not told.", "malignant"),
        ("False alarms are cheap here, as everybody would agree who has seen one.", None),
    ],
)
def test_a_missed_disease_makes_the_disease_the_positive_class(text: str, positive: str | None) -> None:
    assert setup.read(Pages([text]).sentences(), datasets.BREAST_CANCER).positive == positive


@pytest.mark.parametrize(
    ("text", "key", "assumed"),
    [
        ("Clusterings are compared by NMI and by nothing else.", "nmi_max", True),
        ("NMI is normalised by the geometric mean of both entropies.", "nmi_geometric", False),
        ("We use NMI; all was done in scikit-learn on one machine.", "nmi_arithmetic", True),
    ],
)
def test_a_metric_that_leaves_something_open(text: str, key: str, assumed: bool) -> None:
    found = measures.find("NMI", Pages([text]))
    assert found is not None
    assert (found.metric.key, found.assumed is not None) == (key, assumed)


CLUSTERING = """Table 1: k-Means clustering accuracy (ARI, NMI and PUR) of all spaces on the iris data.
Data set Euc PCA ISM
iris 0.73 0.716 0.759
All rows of the iris data set are used. The baseline is k-Means in the Euclidean input space (Euc) and in the
subspace obtained by principal component analysis (PCA). For k-Means, the algorithm was restarted with 50 different
initializations, and the number of clusters was assumed to be known. ISOMAP (ISM) was used too.
"""


def clustering_claims() -> list[Claim]:
    row = "iris 0.73 0.716 0.759"
    named = zip(("Euc", "PCA", "ISM"), ("0.73", "0.716", "0.759"), strict=True)
    return [
        claim(i, name, "iris", "ARI", value, row, row_headings=["iris"], column_headings=["ARI", name])
        for i, (name, value) in enumerate(named)
    ]


def test_columns_of_a_table_about_one_method_are_its_variants() -> None:
    pages = Pages([CLUSTERING])
    found = [naming.understand(c, metrics.by_key("ari"), datasets.IRIS, pages) for c in clustering_claims()]
    keys = [u.candidates[0].key if isinstance(u, Understood) else u for u in found]
    assert keys == ["k_means", "pca_k_means", "ism"]


def test_clustering_is_planned_on_all_rows_and_the_unknown_variant_left_out() -> None:
    body = write_plan(clustering_claims(), [CLUSTERING], 5)
    assert body.config.protocol.kind == "whole"
    assert {m.split for e in body.experiments for m in e.metrics} == {"all"}
    by_name = {e.model.named_in_paper_as: e for e in body.experiments}
    assert by_name["Euc"].model.parameters == {"clusters": None, "restarts": 50}
    assert by_name["Euc"].fidelity is Fidelity.EXACT
    # the share of variance is not stated, and decides
    assert by_name["PCA"].fidelity is Fidelity.REDUCED
    assert [(u.claim_id, u.reason) for u in body.unplanned] == [("c2", "method_unknown")]


def test_the_best_of_many_settings_is_not_what_one_setting_has_to_reach() -> None:
    text = (
        "The Diabetes data set has 442 patients. Its CRPS is 23.5 with the CCPS on Least Squares.\n"
        "The CRPS of the CCPS was obtained by optimizing the number of folds."
    )
    quote = "Its CRPS is 23.5 with the CCPS on Least Squares."
    body = write_plan([claim(0, "Least Squares (CCPS)", "Diabetes", "CRPS", "23.5", quote)], [text], 5)
    assert body.experiments[0].model.parameters["underlying"] == "least_squares"
    assert any(
        "best result over several settings" in reason for reason in body.experiments[0].fidelity_reasons
    )


@pytest.mark.parametrize(
    ("method", "metric", "words"),
    [
        ("linear SVM", "log loss", "computed from probabilities"),
        ("k-means", "accuracy", "does not do classification"),
        ("random forest", "ARI", "does not do clustering"),
    ],
)
def test_a_combination_that_cannot_work_is_refused_with_the_reason(
    method: str, metric: str, words: str
) -> None:
    text = "On the iris data the number is 0.9 for this method."
    with pytest.raises(P2NError) as caught:
        write_plan([claim(0, method, "iris", metric, "0.9", text)], [text], 5)
    assert words in caught.value.info.detail["reasons"]["c0"]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("The final results of the network on the entire dataset are:", "entire data"),
        ("I tried an ensemble of 5 networks that vote. Its results are:", "several models"),
        ("The final results of the network on the test data are:", None),
    ],
)
def test_a_list_of_results_is_about_what_introduces_it(before: str, words: str | None) -> None:
    text = f"All is done on the WDBC data.\n{before}\nAccuracy 98.59%\n"
    made = claim(0, "MLP", "WDBC", "Accuracy", "98.59", "Accuracy 98.59%", label="Section 3")
    refusal = measures.refusal(made, False, Pages([text]))
    assert (words in refusal if refusal and words else refusal) == (True if words else None)


def test_held_out_folds_are_validation_data_in_cross_validation() -> None:
    made = claim(0, "MLP", "WDBC", "Accuracy", "98.59", "x", split="validation", row_headings=["r"])
    pages = Pages(["All results come of 5-fold cross-validation here."])
    assert setup.is_cross_validated(pages.sentences())
    assert measures.refusal(made, True, pages) is None
    assert measures.refusal(made, False, pages) is not None
    both = Pages(["All results come of 5-fold cross-validation. A validation set served to stop early."])
    assert not setup.is_cross_validated(both.sentences())
