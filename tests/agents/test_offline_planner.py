"""The offline planner on the sample paper, as the real reader reads it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.agents.planning import OfflinePlanner
from p2n_ext.agents.planning.quotes import Pages
from p2n_ext.agents.reasons import FORMER
from p2n_ext.documents import PdfDocuments
from p2n_schemas.claims import Claim, ClaimStatus
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Fidelity, PlanBody
from tests.offline_reading import claims_of

EXAMPLES = Path(__file__).parents[2] / "examples"
PDF = EXAMPLES / "papers" / "standardisation_2026.pdf"
PAPER = Paper(
    id="p",
    sha256="0" * 64,
    title="t",
    filename="f",
    size_bytes=1,
    pages=2,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def read() -> tuple[list[Claim], list[str]]:
    async def go() -> tuple[list[Claim], list[str]]:
        return await claims_of(PDF), await PdfDocuments().page_texts(PDF)

    return asyncio.run(go())


def plan(claims: list[Claim], texts: list[str], budget: int = 5) -> PlanBody:
    return asyncio.run(OfflinePlanner().plan(PAPER, claims, texts, budget))


@pytest.fixture(scope="module")
def body(read: tuple[list[Claim], list[str]]) -> PlanBody:
    return plan(*read)


def test_the_dataset_with_most_claims_is_planned_and_the_other_said_to_be_left(
    body: PlanBody, read: tuple[list[Claim], list[str]]
) -> None:
    claims, _ = read
    assert body.dataset.name == "breast_cancer"
    assert body.dataset.named_in_paper_as == "WDBC"
    planned = {metric.claim_id for experiment in body.experiments for metric in experiment.metrics}
    left = {entry.claim_id: entry.reason for entry in body.unplanned}
    assert planned | set(left) == {claim.id for claim in claims}
    assert not planned & set(left)
    wine = {claim.id for claim in claims if claim.dataset == "Wine"}
    # "standardization lifts it from 74.63 % to 96.30 %": of the first nobody is told what it was measured with.
    (former,) = (claim for claim in claims if FORMER in claim.reasons)
    assert former.value_printed == "74.63%"
    assert left[former.id] == "method_unknown"
    assert {left[claim_id] for claim_id in wine - {former.id}} == {"other_dataset"}


def test_asked_for_the_other_dataset_alone_it_plans_that(read: tuple[list[Claim], list[str]]) -> None:
    claims, texts = read
    wine = plan([claim for claim in claims if claim.dataset == "Wine"], texts)
    assert wine.dataset.name == "wine"
    assert [entry.reason for entry in wine.unplanned] == ["method_unknown"]
    assert wine.config.positive_class is None


def test_stated_settings_are_used(body: PlanBody) -> None:
    assert body.config.protocol.model_dump() == {
        "kind": "holdout",
        "test_fraction": 0.3,
        "test_rows": None,
        "folds": None,
        "stratified": True,
    }
    assert (body.config.repeats, body.config.averaged_over, body.config.seed_stated) == (20, 20, False)
    assert body.config.positive_class == "malignant"
    by_id = {experiment.id: experiment for experiment in body.experiments}
    assert by_id["5-nn"].model.parameters == {"k": 5, "distance": "euclidean"}
    assert by_id["1-nn-manhattan"].model.parameters == {"k": 1, "distance": "manhattan"}
    assert by_id["rbf-svm"].model.parameters == {"C": 1.0, "kernel": "rbf", "gamma": "scale"}
    assert by_id["linear-svm"].model.parameters == {"C": 1.0, "loss": "squared_hinge"}
    assert by_id["random-forest"].model.parameters["trees"] == 50
    assert by_id["random-forest"].config.preprocessing == []
    assert by_id["1-nn-raw"].config.preprocessing == []
    assert by_id["logistic-regression"].config.preprocessing == ["standardize_train"]
    assert {experiment.fidelity for experiment in body.experiments} == {Fidelity.EXACT}


def test_two_names_of_one_experiment_are_run_once(body: PlanBody) -> None:
    one_nn = next(experiment for experiment in body.experiments if experiment.id == "1-nn")
    assert {metric.name for metric in one_nn.metrics} >= {"accuracy", "tpr", "tnr", "error_rate"}
    assert not any(experiment.id == "1-nn-euclidean" for experiment in body.experiments)


def test_goals_are_fractions(body: PlanBody) -> None:
    goals = {
        (experiment.id, metric.name): metric.goal
        for experiment in body.experiments
        for metric in experiment.metrics
    }
    assert goals["5-nn", "accuracy"] == 0.964
    assert goals["1-nn-manhattan", "error_rate"] == 0.0488


def test_every_quote_stands_on_its_page(body: PlanBody, read: tuple[list[Claim], list[str]]) -> None:
    pages = Pages(read[1])
    quotes = [j.quote for j in body.justifications] + [
        j.quote for e in body.experiments for j in e.justifications
    ]
    assert len(quotes) > 20
    assert all(pages.holds(quote.page, quote.text) for quote in quotes)
    subjects = {j.subject.partition(".")[0] for j in body.justifications}
    assert {"dataset", "model", "config"} <= subjects


def test_what_is_not_stated_is_assumed_aloud(body: PlanBody) -> None:
    # some claims of the abstract do not repeat on which data they were measured
    assert (
        {"config.seed"}
        <= {assumption.subject for assumption in body.assumptions}
        <= {"config.seed", "metrics"}
    )


def test_without_the_papers_words_nothing_is_justified_by_them(read: tuple[list[Claim], list[str]]) -> None:
    claims, _ = read
    # only the rows of its tables are left
    rows = [claim for claim in claims if claim.citation.label.startswith("Table")]
    silent = plan(rows, ["\n".join(c.citation.quote for c in rows if c.citation.page == n) for n in (1, 2)])
    assert silent.config.averaged_over == 1
    assert {e.fidelity for e in silent.experiments} == {Fidelity.REDUCED}
    missing = {assumption.subject for assumption in silent.assumptions}
    assert {"config.protocol", "config.seed", "config.positive_class"} <= missing
    assert any(subject.startswith("RBF SVM: C") for subject in missing)
    assert not [j for e in silent.experiments for j in e.justifications]


def test_a_plan_needs_some_words_of_the_paper(read: tuple[list[Claim], list[str]]) -> None:
    claims, texts = read
    with pytest.raises(P2NError) as caught:
        plan(claims, [""] * len(texts))
    assert caught.value.code is ErrorCode.E_NOTHING_RUNNABLE


def test_a_smaller_budget_drops_or_reduces_and_says_so(read: tuple[list[Claim], list[str]]) -> None:
    claims, texts = read
    large = [text.replace("forest [6] of 50 trees", "forest [6] of 90000 trees") for text in texts]
    small = plan(claims, large, budget=1)
    dropped = [entry for entry in small.unplanned if entry.reason == "over_budget"]
    assert dropped
    assert all("Random forest" in entry.message for entry in dropped)
    for body in (small, plan(claims, texts, 1)):
        assert body.estimated_runtime_minutes <= body.policy.budget_minutes


def test_a_persons_no_is_kept(read: tuple[list[Claim], list[str]]) -> None:
    claims, texts = read
    refused = claims[1].model_copy(update={"status": ClaimStatus.REJECTED})
    body = plan([refused, *claims[2:]], texts)
    assert {e.claim_id: e.reason for e in body.unplanned}[refused.id] == "rejected_by_person"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": "SVM-RFE"}, "method_unknown"),
        ({"dataset": "Cellar Quality"}, "dataset_unknown"),
        ({"dataset": "ImageNet"}, "dataset_unavailable"),
        ({"metric": "AUPRC"}, "metric_unknown"),
        ({"metric": "RMSE"}, "metric_unknown"),
        ({"split": "train (70%)"}, "split_not_reproducible"),
        ({"metric": "Average training accuracy", "split": None}, "split_not_reproducible"),
        ({"dataset": "Wine", "metric": "Sensitivity"}, "metric_unknown"),
    ],
)
def test_claims_that_cannot_be_run_get_their_reason(
    read: tuple[list[Claim], list[str]], change: dict[str, Any], reason: str
) -> None:
    claims, texts = read
    odd = claims[0].model_copy(update={"id": "odd", "dataset": "WDBC", "metric": "Accuracy", **change})
    rest = [claim for claim in claims if claim.dataset == "WDBC"]
    entry = next(e for e in plan([odd, *rest], texts).unplanned if e.claim_id == "odd")
    assert entry.reason == reason
    assert entry.message


def test_nothing_to_plan(read: tuple[list[Claim], list[str]]) -> None:
    claims, texts = read
    with pytest.raises(P2NError) as none:
        plan([], texts)
    assert none.value.code is ErrorCode.E_NO_CLAIMS
    unknown = [claim.model_copy(update={"dataset": "Our own cohort"}) for claim in claims]
    with pytest.raises(P2NError) as nothing:
        plan(unknown, texts)
    assert nothing.value.code is ErrorCode.E_NOTHING_RUNNABLE
    assert set(nothing.value.info.detail["reasons"]) == {claim.id for claim in claims}


def test_a_quote_that_does_not_stand_there_cannot_be_made() -> None:
    pages = Pages(["The data are\nsplit at random.", "Second page."])
    assert pages.quote(1, "The data are split  at random.").text == "The data are split at random."
    for page, text in (
        (1, "The data were split."),
        (2, "The data are split at random."),
        (3, "x"),
        (0, "x"),
        (1, " "),
    ):
        with pytest.raises(ValueError, match="not on page"):
            pages.quote(page, text)
