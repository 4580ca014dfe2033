"""Every branch of the rule, and the property that matters: a farther claim never gets a better verdict."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2n_ext.judging import IntervalJudge
from p2n_schemas.claims import Box, Citation, Claim, Quote, Uncertainty
from p2n_schemas.plans import (
    Assumption,
    Config,
    DatasetSpec,
    Experiment,
    Fidelity,
    Justification,
    MetricSpec,
    ModelSpec,
    Plan,
    PlanBody,
    Policy,
    Protocol,
    UnplannedClaim,
)
from p2n_schemas.reports import ClaimVerdict, VerdictKind
from p2n_schemas.runs import Run, RunStatus

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BOX = Box(x0=0, top=0, x1=1, bottom=1)
TWENTY = [0.94 + 0.001 * i for i in range(20)]  # mean 0.9495, s 0.0059


def a_claim(printed: str = "95.00", units: str | None = "%", beside: Uncertainty | None = None) -> Claim:
    return Claim(
        id="c1",
        paper_id="p",
        method="1-NN",
        dataset="Wine",
        split="test",
        metric="Accuracy",
        value=float(printed.rstrip("%")),
        value_printed=printed,
        units=units,
        direction="maximize",
        uncertainty=beside,
        citation=Citation(label="Table 1", page=1, quote=printed, box=BOX, region=BOX),
        confidence=1,
    )


def a_plan(
    fidelity: Fidelity = Fidelity.EXACT,
    averaged_over: int = 1,
    seed_stated: bool = False,
    metric: str = "accuracy",
    tolerance: float = 0.01,
    edited: bool = False,
) -> Plan:
    body = PlanBody(
        dataset=DatasetSpec(name="wine", title="Wine", source="s", licence="l", named_in_paper_as="Wine"),
        config=Config(
            framework="scikit-learn",
            seed=0,
            protocol=Protocol(kind="holdout", test_fraction=0.3),
            repeats=20,
            averaged_over=averaged_over,
            seed_stated=seed_stated,
        ),
        experiments=[
            Experiment(
                id="one-nn",
                model=ModelSpec(name="knn", named_in_paper_as="1-NN"),
                metrics=[
                    MetricSpec(
                        name=metric,
                        split="test",
                        claim_id="c1",
                        goal=0.95,
                        tolerance=tolerance,
                        direction="maximize",
                    )
                ],
                fidelity=fidelity,
                fidelity_reasons=[] if fidelity is Fidelity.EXACT else ["300 of 3000 epochs"],
                estimated_seconds=1,
            )
        ],
        justifications=[Justification(subject="dataset", quote=Quote(text="Wine", page=1))],
        unplanned=[UnplannedClaim(claim_id="c2", reason="method_unknown", message="No such method.")],
        estimated_runtime_minutes=1,
        license_compliant=True,
        policy=Policy(budget_minutes=1),
    )
    return Plan(id="pl", paper_id="p", planner="offline", body=body, created_at=NOW, notebook_edited=edited)


def a_run(name: str = "r1", later: int = 0) -> Run:
    return Run(
        id=name,
        plan_id="pl",
        paper_id="p",
        env_hash="e",
        image_digest="d",
        status=RunStatus.SUCCEEDED,
        created_at=NOW + timedelta(minutes=later),
    )


def measured(values: list[float], name: str = "accuracy") -> dict[str, Any]:
    return {
        "metrics": [
            {
                "name": name,
                "value": v,
                "split": "test",
                "dataset": "wine",
                "experiment": "one-nn",
                "repeat": i,
            }
            for i, v in enumerate(values)
        ]
    }


def judge(claim: Claim, plan: Plan, values: list[float]) -> ClaimVerdict:
    return IntervalJudge().judge(claim, plan, [(a_run(), measured(values))])


def test_inside_the_prediction_interval_is_reproduced() -> None:
    verdict = judge(a_claim("95.9%"), a_plan(), TWENTY)
    assert verdict.verdict is VerdictKind.REPRODUCED
    assert verdict.observed is not None
    assert verdict.observed.n == 20
    assert verdict.observed.mean == pytest.approx(94.95)
    assert verdict.gap == pytest.approx(94.95 - 95.9)
    assert verdict.observed.low < 94.95 < verdict.observed.high
    assert verdict.run_ids == ["r1"]
    assert verdict.experiment == "one-nn"


def test_a_mean_over_many_repeats_is_held_to_a_narrower_interval() -> None:
    alone = judge(a_claim("95.9%"), a_plan(averaged_over=1), TWENTY)
    mean_of_twenty = judge(a_claim("95.9%"), a_plan(averaged_over=20), TWENTY)
    assert alone.verdict is VerdictKind.REPRODUCED
    assert mean_of_twenty.verdict is VerdictKind.CLOSE
    assert alone.observed is not None
    assert mean_of_twenty.observed is not None
    assert (
        mean_of_twenty.observed.high - mean_of_twenty.observed.low < alone.observed.high - alone.observed.low
    )


def test_the_interval_is_the_textbook_one() -> None:
    from scipy import stats

    verdict = judge(a_claim(), a_plan(averaged_over=5), TWENTY)
    assert verdict.observed is not None
    s = stats.tstd([100 * v for v in TWENTY])
    reach = stats.t.ppf(0.975, 19) * s * (1 / 5 + 1 / 20) ** 0.5
    assert verdict.observed.high - verdict.observed.low == pytest.approx(2 * reach, rel=1e-5)


def test_outside_but_within_the_tolerance_of_the_mean_is_close() -> None:
    verdict = judge(a_claim("95.9%"), a_plan(averaged_over=20), TWENTY)
    assert verdict.verdict is VerdictKind.CLOSE
    assert "0.9 % from the observed mean, within the tolerance" in verdict.rule


def test_outside_95_but_inside_99_percent_is_close() -> None:
    verdict = judge(a_claim("96.5%"), a_plan(), TWENTY)
    assert verdict.verdict is VerdictKind.CLOSE
    assert "inside the 99 % interval" in verdict.rule


def test_beyond_99_but_inside_999_permille_more_repeats_would_tell() -> None:
    verdict = judge(a_claim("96.9%"), a_plan(), TWENTY)
    assert verdict.verdict is VerdictKind.NOT_COMPARABLE
    assert "more repeats would tell" in verdict.rule
    assert "more repeats would tell" in (verdict.reason or "")


@pytest.mark.parametrize("printed", ["97.4%", "99.04%"])
def test_farther_off_than_both_is_not_reproduced(printed: str) -> None:
    verdict = judge(a_claim(printed), a_plan(), TWENTY)
    assert verdict.verdict is VerdictKind.NOT_REPRODUCED
    assert printed in verdict.rule
    assert "n = 20" in verdict.rule
    assert "at the 99 % level between 93.22 % and 96.68 %" in verdict.rule


# mean 96.80, standard deviation 0.29: a real paper's 9-NN on WDBC, 5 folds anew for each of 20 seeds
FOLDS = [0.968 + 0.0029 * z for z in (-1.5, -1.2, -1, -0.9, -0.8, -0.7, -0.6, -0.4, -0.2, -0.1)]
FOLDS += [0.968 - (value - 0.968) for value in FOLDS]


@pytest.mark.parametrize(
    ("fidelity", "verdict"),
    [(Fidelity.EXACT, VerdictKind.NOT_REPRODUCED), (Fidelity.REDUCED, VerdictKind.NOT_COMPARABLE)],
)
def test_a_point_and_a_half_above_a_narrow_spread_is_not_close(
    fidelity: Fidelity, verdict: VerdictKind
) -> None:
    judged = judge(a_claim("98.34%"), a_plan(fidelity), FOLDS)
    assert judged.verdict is verdict
    assert judged.distance is not None
    # the range's edge is nearer than the tolerance; the mean is not, and 1.7 % errors are half of 3.2 %
    assert judged.distance < 1.0
    assert judged.gap == pytest.approx(-1.54)


def test_a_proxy_is_never_comparable_however_well_it_agrees() -> None:
    assert judge(a_claim("94.95%"), a_plan(Fidelity.PROXY), TWENTY).verdict is VerdictKind.NOT_COMPARABLE


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [("95.0%", VerdictKind.REPRODUCED), ("96.5%", VerdictKind.CLOSE), ("96.9%", VerdictKind.NOT_COMPARABLE)],
)
def test_a_reduced_run_that_misses_is_not_held_against_the_paper(printed: str, verdict: VerdictKind) -> None:
    judged = judge(a_claim(printed), a_plan(Fidelity.REDUCED), TWENTY)
    assert judged.verdict is verdict
    assert judged.fidelity_reasons == ["300 of 3000 epochs"]
    if verdict is VerdictKind.NOT_COMPARABLE:
        assert judged.reason is not None
        assert "300 of 3000 epochs" in judged.reason


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [
        ("94.94%", VerdictKind.REPRODUCED),
        ("94.9%", VerdictKind.REPRODUCED),
        ("94.93%", VerdictKind.CLOSE),
        ("90%", VerdictKind.NOT_REPRODUCED),
    ],
)
def test_with_the_papers_seed_one_run_decides_to_the_printed_digit(
    printed: str, verdict: VerdictKind
) -> None:
    assert judge(a_claim(printed), a_plan(seed_stated=True), [0.9494]).verdict is verdict


def test_one_run_without_the_papers_seed_refutes_nothing() -> None:
    verdict = judge(a_claim("90%"), a_plan(), [0.95])
    assert verdict.verdict is VerdictKind.NOT_COMPARABLE
    assert verdict.reason is not None


def test_three_values_do_not_make_an_interval_that_meets_everything() -> None:
    verdict = judge(a_claim("99.04%"), a_plan(), [0.9708, 0.9591, 0.9649])
    assert verdict.verdict is not VerdictKind.REPRODUCED
    assert verdict.observed is not None
    assert (verdict.observed.low, verdict.observed.high) == (95.91, 97.08)


def test_few_values_refute_only_what_chance_does_not_explain() -> None:
    three = [0.9623, 0.9623, 0.9623]  # 51 of 53 test rows of Wine, by luck three times the same
    unclear = judge(a_claim("92.45%"), a_plan(), three)
    assert unclear.verdict is VerdictKind.NOT_COMPARABLE
    assert unclear.reason is not None
    assert "so few runs can't tell that from chance" in unclear.reason
    assert judge(a_claim("75.47%"), a_plan(), three).verdict is VerdictKind.NOT_REPRODUCED
    # nothing is drawn where all rows are used, so three equal values are the whole truth
    plan = a_plan()
    config = plan.body.config.model_copy(update={"protocol": Protocol(kind="whole")})
    whole = plan.model_copy(update={"body": plan.body.model_copy(update={"config": config})})
    assert judge(a_claim("92.45%"), whole, three).verdict is VerdictKind.NOT_REPRODUCED


@pytest.mark.parametrize(("repeats", "averaged_over"), [(2, 1), (3, 1), (4, 1), (5, 1), (20, 1), (20, 5)])
def test_true_claims_are_seldom_refuted(repeats: int, averaged_over: int) -> None:
    """Papers and runs that draw their test rows from the same data with the same method: 7 of Wine's 178 rows are
    beyond it. Each claim is true, so at most about one in a hundred may be called not reproduced."""
    rng = np.random.default_rng(1)
    plan, counts = a_plan(averaged_over=averaged_over), Counter[VerdictKind]()
    trials = 600
    for _ in range(trials):
        right = rng.hypergeometric(171, 7, 53, size=(repeats + averaged_over)) / 53
        printed = f"{100 * right[:averaged_over].mean():.2f}%"
        counts[judge(a_claim(printed), plan, right[averaged_over:].tolist()).verdict] += 1
    assert counts[VerdictKind.NOT_REPRODUCED] / trials <= 0.02
    if repeats >= 5:
        assert counts[VerdictKind.REPRODUCED] / trials >= 0.92


@pytest.mark.parametrize("repeats", [3, 20])
def test_false_claims_are_not_called_reproduced(repeats: int) -> None:
    """Papers that claim 98.5 % of a method that reaches 79 %, on 53 test rows. Three runs may be too few to say no."""
    rng = np.random.default_rng(2)
    counts = Counter[VerdictKind]()
    trials = 300
    for _ in range(trials):
        right = rng.hypergeometric(140, 38, 53, size=repeats) / 53
        counts[judge(a_claim("98.50%"), a_plan(), right.tolist()).verdict] += 1
    assert counts[VerdictKind.REPRODUCED] + counts[VerdictKind.CLOSE] <= 0.02 * trials
    if repeats == 20:
        # One run claimed, 3.9 spreads off: what is left open lies inside the 99.9 % interval.
        assert counts[VerdictKind.NOT_REPRODUCED] >= 0.65 * trials


def test_a_printed_uncertainty_widens_a_single_figure() -> None:
    beside = Uncertainty(kind="plus_minus", value=2.5, printed="± 2.5")
    assert judge(a_claim("98.0", beside=beside), a_plan(), TWENTY).verdict is VerdictKind.REPRODUCED
    assert judge(a_claim("98.0"), a_plan(), TWENTY).verdict is VerdictKind.NOT_REPRODUCED


def test_a_spread_over_repeats_is_not_taken_for_the_means_own() -> None:
    beside = Uncertainty(kind="plus_minus", value=2.5, printed="± 2.5")
    assert (
        judge(a_claim("98.0", beside=beside), a_plan(averaged_over=20), TWENTY).verdict
        is VerdictKind.NOT_REPRODUCED
    )
    own = Uncertainty(kind="standard_error", value=3.0, printed="± 3.0")
    assert (
        judge(a_claim("98.0", beside=own), a_plan(averaged_over=20), TWENTY).verdict is VerdictKind.REPRODUCED
    )


def test_an_interval_is_taken_as_printed() -> None:
    beside = Uncertainty(kind="interval", low=95.5, high=99.0, printed="[95.5, 99.0]")
    assert (
        judge(a_claim("98.0", beside=beside), a_plan(averaged_over=20), TWENTY).verdict is VerdictKind.CLOSE
    )


@pytest.mark.parametrize(("printed", "units"), [("95.9", "%"), ("95.9", None), ("0.959", None)])
def test_percent_and_fraction_give_the_same_verdict(printed: str, units: str | None) -> None:
    verdict = judge(a_claim(printed, units), a_plan(averaged_over=20), TWENTY)
    assert verdict.verdict is VerdictKind.CLOSE
    assert verdict.observed is not None
    assert verdict.observed.mean == pytest.approx(float(printed) * 0.9495 / 0.959)


def test_the_interval_stays_within_what_a_fraction_can_be() -> None:
    verdict = judge(a_claim("100%"), a_plan(), [1.0, 0.98, 1.0, 0.97, 1.0, 0.99])
    assert verdict.observed is not None
    assert verdict.observed.high == 100.0


def test_a_metric_that_the_run_did_not_report() -> None:
    verdict = IntervalJudge().judge(a_claim(), a_plan(), [(a_run(), measured(TWENTY, "error_rate"))])
    assert verdict.verdict is VerdictKind.NOT_COMPARABLE
    assert verdict.reason is not None
    assert "accuracy" in verdict.reason
    assert verdict.observed is None


def test_without_a_run_or_a_plan_there_is_no_verdict() -> None:
    not_yet = IntervalJudge().judge(a_claim(), a_plan(), [])
    assert not_yet.verdict is VerdictKind.NOT_RUN
    other = a_claim().model_copy(update={"id": "c2"})
    unplanned = IntervalJudge().judge(other, a_plan(), [(a_run(), measured(TWENTY))])
    assert (unplanned.verdict, unplanned.reason) == (VerdictKind.NOT_RUN, "No such method.")


def test_what_a_run_reported_before_its_deadline_counts() -> None:
    cut = a_run().model_copy(update={"status": RunStatus.TIMEOUT})
    whole = IntervalJudge().judge(a_claim("95.0%"), a_plan(), [(cut, measured(TWENTY))])
    assert (whole.verdict, whole.fidelity) == (VerdictKind.REPRODUCED, Fidelity.EXACT)
    # 12 of 20 repeats are a smaller sample of the same, and a miss is not held against the paper
    part = IntervalJudge().judge(a_claim("99.0%"), a_plan(), [(cut, measured(TWENTY[:12]))])
    assert part.verdict is VerdictKind.NOT_COMPARABLE
    assert part.observed is not None
    assert part.observed.n == 12
    assert part.fidelity_reasons == ["12 of 20 repeats; then its run was ended at its deadline"]
    nothing = IntervalJudge().judge(a_claim(), a_plan(), [(cut, measured([]))])
    assert nothing.verdict is VerdictKind.NOT_RUN
    assert nothing.reason == "Its run was ended at its deadline before this experiment had reported anything."


def test_reruns_are_no_second_sample_and_the_newest_counts() -> None:
    changed = [v - 0.05 for v in TWENTY]
    runs = [
        (a_run("old"), measured(changed)),
        (a_run("new", 5), measured(TWENTY)),
        (a_run("same", 3), measured(TWENTY)),
    ]
    verdict = IntervalJudge().judge(a_claim("95.0%"), a_plan(), runs)
    assert verdict.observed is not None
    assert verdict.observed.n == 20
    assert verdict.run_ids == ["new", "same"]


def test_a_curve_is_no_result() -> None:
    steps = [
        {
            "name": "accuracy",
            "value": v,
            "split": "test",
            "dataset": "wine",
            "experiment": "one-nn",
            "repeat": 0,
            "step": s,
        }
        for s, v in ((0, 0.5), (2, 0.95), (1, 0.7))
    ]
    result = {name: value for name, value in steps[0].items() if name != "step"} | {"value": 0.8}
    for metrics in ([*steps, result], [result, *steps]):
        judged = IntervalJudge().judge(
            a_claim("95%"), a_plan(seed_stated=True), [(a_run(), {"metrics": metrics})]
        )
        assert judged.observed is not None
        assert judged.observed.values == [80.0]
    alone = IntervalJudge().judge(a_claim("95%"), a_plan(seed_stated=True), [(a_run(), {"metrics": steps})])
    assert alone.observed is None


def test_an_edited_notebook_is_said_to_be_one() -> None:
    for edited in (True, False):
        run = a_run().model_copy(update={"notebook_edited": edited})
        # What the run itself ran counts, whatever notebook the plan holds by now.
        plan = a_plan(edited=not edited)
        assert IntervalJudge().judge(a_claim(), plan, [(run, measured(TWENTY))]).notebook_edited is edited


RANK = {
    VerdictKind.REPRODUCED: 0,
    VerdictKind.CLOSE: 1,
    VerdictKind.NOT_REPRODUCED: 2,
    VerdictKind.NOT_COMPARABLE: 2,
}


@settings(max_examples=300, deadline=None)
@given(
    values=st.lists(st.floats(0, 1), min_size=1, max_size=25),
    fidelity=st.sampled_from(Fidelity),
    averaged_over=st.integers(1, 30),
    seed_stated=st.booleans(),
    tolerance=st.floats(1e-6, 0.2),
    near=st.floats(0, 60),
    farther=st.floats(0, 60),
    upward=st.booleans(),
)
def test_moving_a_claim_away_never_improves_its_verdict(
    values: list[float],
    fidelity: Fidelity,
    averaged_over: int,
    seed_stated: bool,
    tolerance: float,
    near: float,
    farther: float,
    upward: bool,
) -> None:
    plan = a_plan(fidelity, averaged_over, seed_stated, tolerance=tolerance)
    mean = 100 * sum(values) / len(values)
    sign = 1 if upward else -1
    ranks = []
    for distance in (near, near + farther):
        printed = a_claim().model_copy(update={"value": mean + sign * distance, "value_printed": "95.00"})
        ranks.append(RANK[judge(printed, plan, values).verdict])
    assert ranks[0] <= ranks[1]


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=25), value=st.floats(0, 100))
def test_a_proxy_never_reproduces(values: list[float], value: float) -> None:
    claim = a_claim().model_copy(update={"value": value})
    assert judge(claim, a_plan(Fidelity.PROXY), values).verdict is VerdictKind.NOT_COMPARABLE


def test_a_verdict_says_what_it_rests_on() -> None:
    own = a_claim("95.9%").model_copy(update={"own_method": True})
    plan = a_plan()
    said = [
        Assumption(subject="config.seed", missing="the seed", choice="0"),
        Assumption(subject="1-NN: ties", missing="who wins", choice="the first"),
        Assumption(subject="SVM: kernel", missing="which", choice="linear"),
    ]
    other = plan.body.experiments[0].model_copy(
        update={"id": "svm", "model": ModelSpec(name="svm", named_in_paper_as="SVM"), "metrics": []}
    )
    mine = plan.body.experiments[0].model_copy(
        update={"justifications": [Justification(subject="model", quote=Quote(text="1-NN", page=7))]}
    )
    body = plan.body.model_copy(update={"assumptions": said, "experiments": [mine, other]})
    verdict = judge(own, plan.model_copy(update={"body": body, "version": 3}), TWENTY)
    assert verdict.whose == "own_method"
    assert verdict.claimed is not None
    assert (verdict.claimed.printed, verdict.claimed.low, verdict.claimed.high) == ("95.9%", 95.85, 95.95)
    assert (verdict.metric, verdict.metric_unit, verdict.tolerance) == ("accuracy", "fraction", 1.0)
    assert verdict.metric_gap == pytest.approx(0.9495 - 0.959)
    assert verdict.gap == pytest.approx(100 * (verdict.metric_gap or 0))
    assert verdict.distance == 0
    assert [entry.subject for entry in verdict.assumptions] == ["config.seed", "1-NN: ties"]
    assert verdict.pages == [1, 7]
    assert verdict.plan_version == 3
    assert verdict.evidence == "claims/c1/evidence.png"
