"""Numbers that a paper prints in two ways: found where they are one number, and left alone where a setting differs."""

from __future__ import annotations

import itertools

from p2n_ext.judging import IntervalJudge
from p2n_ext.judging.contradictions import contradictions
from p2n_schemas.claims import Box, Citation, Claim, ClaimStatus
from p2n_schemas.plans import Fidelity
from p2n_schemas.reports import VerdictKind
from tests.judging.test_verdicts import TWENTY, a_plan, a_run, measured

BOX = Box(x0=0, top=0, x1=1, bottom=1)
_numbers = itertools.count()


def claim(
    label: str,
    printed: str,
    method: str = "SVM",
    dataset: str | None = "Wine",
    split: str | None = "test",
    metric: str = "Accuracy",
    units: str | None = "%",
    own: bool | None = None,
    status: ClaimStatus = ClaimStatus.PROPOSED,
    page: int = 2,
) -> Claim:
    return Claim(
        id=f"c{next(_numbers)}",
        paper_id="p",
        method=method,
        dataset=dataset,
        split=split,
        metric=metric,
        value=float(printed),
        value_printed=printed,
        units=units,
        direction=None,
        own_method=own,
        status=status,
        citation=Citation(
            label=label,
            page=1 if label == "Abstract" else page,
            quote=f"it is {printed}",
            box=BOX,
            region=BOX,
        ),
        confidence=1,
    )


def test_an_abstract_against_its_table() -> None:
    told, shown = claim("Abstract", "97.9"), claim("Table 2", "96.1")
    (found,) = contradictions([told, shown])
    assert found.kind == "summary_against_results"
    assert [place.claim_id for place in found.places] == [told.id, shown.id]
    assert [place.page for place in found.places] == [1, 2]
    assert found.difference == 1.8
    assert "97.9 %" in found.words
    assert "96.1 %" in found.words
    assert found.places[0].evidence == f"claims/{told.id}/evidence.png"


def test_rounding_and_units_are_no_contradiction() -> None:
    assert not contradictions([claim("Abstract", "96"), claim("Table 2", "96.41")])
    assert not contradictions([claim("Abstract", "0.96", units=None), claim("Table 2", "96.4")])
    assert contradictions([claim("Abstract", "0.98", units=None), claim("Table 2", "96.4")])
    assert not contradictions([claim("Abstract", "97.9", metric="error rate"), claim("Table 2", "96.1")])


def test_other_data_splits_methods_and_rejected_claims_are_other_numbers() -> None:
    shown = claim("Table 2", "96.1")
    for other in (
        claim("Abstract", "97.9", dataset="Iris"),
        claim("Abstract", "97.9", dataset=None),
        claim("Abstract", "97.9", split="validation"),
        claim("Abstract", "97.9", method="k-NN"),
        claim("Abstract", "97.9", status=ClaimStatus.REJECTED),
        claim("Section 5", "97.9"),
        claim("Abstract", "3", metric="speed-up"),
    ):
        assert not contradictions([other, shown]), other


def test_a_table_with_several_settings_of_one_name_contradicts_nothing() -> None:
    assert not contradictions([claim("Abstract", "97.9"), claim("Table 2", "96.1"), claim("Table 2", "95.2")])


def test_our_method_of_an_abstract_must_stand_somewhere() -> None:
    told = claim("Abstract", "59.0", method="our approach", own=True)
    rows = [
        claim("Table 1", "53.0", method="NIC", own=True),
        claim("Table 1", "48.0", method="Old", own=False),
    ]
    (found,) = contradictions([told, *rows])
    assert found.places[1].claim_id == rows[0].id
    assert not contradictions([told, *rows, claim("Table 1", "59.0", method="NIC, tuned", own=True)])
    assert not contradictions([told, rows[1]])


def test_tables_are_held_against_each_other_only_where_they_agree_elsewhere() -> None:
    def rows(label: str, *values: str) -> list[Claim]:
        return [claim(label, value, method=f"m{i}") for i, value in enumerate(values)]

    (found,) = contradictions([*rows("Table 1", "90", "91", "92"), *rows("Table 4", "90", "91", "97")])
    assert found.kind == "table_against_table"
    assert found.method == "m2"
    # Most differ: another setting, and no contradiction.
    assert not contradictions([*rows("Table 1", "90", "91", "92"), *rows("Table 4", "90", "95", "97")])


def test_a_miss_where_the_paper_contradicts_itself_is_not_held_against_it() -> None:
    told = claim("Abstract", "99.04").model_copy(update={"id": "c1"})
    found = contradictions([told, claim("Table 2", "94.95")])
    judge = IntervalJudge()
    alone = judge.judge(told, a_plan(), [(a_run(), measured(TWENTY))])
    verdict = judge.judge(told, a_plan(), [(a_run(), measured(TWENTY))], found)
    assert alone.verdict is VerdictKind.NOT_REPRODUCED
    assert verdict.verdict is VerdictKind.NOT_COMPARABLE
    assert verdict.contradictions == [found[0].id]
    assert "94.95 %" in verdict.rule
    assert verdict.reason is not None
    assert "Table 2" in verdict.reason
    assert verdict.pages == [1, 2]
    # What does meet keeps its verdict, and a proxy stays one.
    near = told.model_copy(update={"value": 95.0, "value_printed": "95.0"})
    assert judge.judge(near, a_plan(), [(a_run(), measured(TWENTY))], found).verdict is VerdictKind.REPRODUCED
    proxy = judge.judge(near, a_plan(Fidelity.PROXY), [(a_run(), measured(TWENTY))], found)
    assert "proxy" in proxy.rule
