"""The offline planner on a paper by others, as the real reader reads it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from p2n_ext.agents.planning import OfflinePlanner
from p2n_ext.agents.planning.quotes import Pages
from p2n_ext.documents import PdfDocuments
from p2n_schemas.claims import Claim
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Experiment, Fidelity, PlanBody
from tests.offline_reading import claims_of

pytestmark = pytest.mark.papers


async def _plan(pdf: Path, budget: int) -> tuple[list[Claim], list[str], PlanBody]:
    paper = Paper(
        id="p",
        sha256="0" * 64,
        title="t",
        filename=pdf.name,
        size_bytes=1,
        pages=5,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    claims = await claims_of(pdf)
    texts = await PdfDocuments().page_texts(pdf)
    return claims, texts, await OfflinePlanner().plan(paper, claims, texts, budget)


@pytest.fixture(scope="module")
def agarap(real_papers: Path) -> tuple[list[Claim], list[str], PlanBody]:
    return asyncio.run(_plan(real_papers / "papers" / "agarap_2017_wdbc.pdf", 5))


def by_name(body: PlanBody) -> dict[str, Experiment]:
    return {experiment.model.named_in_paper_as: experiment for experiment in body.experiments}


def test_its_methods_are_planned_with_its_settings(agarap: tuple[list[Claim], list[str], PlanBody]) -> None:
    experiments = by_name(agarap[2])
    for name, optimizer in (("Linear Regression", "sgd"), ("Softmax Regression", "sgd"), ("SVM", "adam")):
        config = experiments[name].config
        assert (config.epochs, config.batch_size, config.learning_rate) == (3000, 128, 0.001)
        assert config.optimizer == optimizer
    for name in ("Linear Regression", "Softmax Regression", "L1-NN", "L2-NN"):
        assert experiments[name].fidelity is Fidelity.EXACT
    # its objective stands in formulas, which the planner does not read, and says so
    assert experiments["SVM"].fidelity is Fidelity.REDUCED
    assert "objective" in experiments["SVM"].fidelity_reasons[0]
    assert experiments["SVM"].model.parameters == {"C": 5.0, "loss": "squared_hinge"}
    assert experiments["L1-NN"].model.parameters == {"k": 1, "distance": "manhattan"}
    assert experiments["L2-NN"].model.parameters == {"k": 1, "distance": "euclidean"}
    mlp = experiments["MLP"]
    assert mlp.model.parameters == {"hidden": [500, 500, 500], "activation": "relu"}
    assert (mlp.config.batch_size, mlp.config.learning_rate, mlp.config.optimizer) == (128, 0.01, "sgd")


def test_its_protocol_is_planned_as_stated(agarap: tuple[list[Claim], list[str], PlanBody]) -> None:
    config = agarap[2].config
    assert (config.protocol.kind, config.protocol.test_fraction, config.protocol.stratified) == (
        "holdout",
        0.3,
        False,
    )
    assert (config.averaged_over, config.repeats, config.seed_stated) == (1, 20, False)
    assert config.preprocessing == ["standardize_all"]


def test_all_rates_of_the_known_methods_are_planned(agarap: tuple[list[Claim], list[str], PlanBody]) -> None:
    for name in ("Linear Regression", "L1-NN", "L2-NN", "Softmax Regression", "SVM"):
        metrics = {metric.name for metric in by_name(agarap[2])[name].metrics}
        assert metrics >= {"accuracy", "fpr", "fnr", "tpr", "tnr"}


def test_its_own_model_is_refused_with_the_reason(agarap: tuple[list[Claim], list[str], PlanBody]) -> None:
    claims, _, body = agarap
    own = {claim.id for claim in claims if claim.method == "GRU-SVM"}
    reasons = {entry.claim_id: entry for entry in body.unplanned}
    assert own
    assert all(
        "gru" in reasons[claim_id].message for claim_id in own if reasons[claim_id].reason == "method_unknown"
    )
    assert own <= set(reasons)


def test_epochs_are_reduced_to_fit_and_given_in_full_where_they_fit(
    agarap: tuple[list[Claim], list[str], PlanBody], real_papers: Path
) -> None:
    small = by_name(agarap[2])["MLP"]
    assert small.fidelity is Fidelity.REDUCED
    assert small.config.epochs is not None
    assert small.config.epochs < 3000
    large = by_name(asyncio.run(_plan(real_papers / "papers" / "agarap_2017_wdbc.pdf", 20))[2])["MLP"]
    assert (large.config.epochs, large.fidelity) == (3000, Fidelity.EXACT)


def test_every_quote_stands_on_its_page(agarap: tuple[list[Claim], list[str], PlanBody]) -> None:
    _, texts, body = agarap
    pages = Pages(texts)
    quotes = [j.quote for j in body.justifications] + [
        j.quote for e in body.experiments for j in e.justifications
    ]
    assert len(quotes) > 15
    assert all(pages.holds(quote.page, quote.text) for quote in quotes)
