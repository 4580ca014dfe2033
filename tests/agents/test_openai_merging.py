"""Claims of two readers as one list."""

from __future__ import annotations

from typing import Any

from p2n_ext.agents.merging import joined, merged, same_number, twin
from p2n_schemas.claims import Box, Citation, Claim


def claim(reader: str, at: float = 0.0, /, **other: Any) -> Claim:
    place = {k: other.pop(k) for k in ("page", "label", "rows", "columns") if k in other}
    shape: dict[str, Any] = {
        "id": f"c_{reader}_{at:g}",
        "paper_id": "p",
        "method": "CNN",
        "dataset": "MR",
        "split": None,
        "metric": "accuracy",
        "value": 81.5,
        "value_printed": "81.5",
        "units": "%",
        "direction": "maximize",
        "confidence": 0.8,
        "readers": [reader],
        "citation": Citation(
            label=place.get("label", "Table 2"),
            page=place.get("page", 4),
            row_headings=place.get("rows", []),
            column_headings=place.get("columns", []),
            quote="CNN 81.5",
            box=Box(x0=10 + at, top=10, x1=30 + at, bottom=20),
            region=Box(x0=0, top=0, x1=500, bottom=500),
        ),
    }
    return Claim.model_validate(shape | other)


def merge(first: list[Claim], second: list[Claim]) -> list[Claim]:
    """As CombinedReader does it, claim by claim."""
    kept: dict[int, dict[str, Claim]] = {}
    for one in first:
        kept.setdefault(one.citation.page, {})[one.id] = one
    found = {c.id: c for c in first} | {c.id: c for c in (joined(one, kept) for one in second)}
    return list(found.values())


def test_agreement_makes_one_claim_of_both_and_raises_confidence() -> None:
    first, second = (
        claim("offline"),
        claim("openai", 3, method="cnn", metric="Accuracy", value_printed="81.5%"),
    )
    [one] = merge([first], [second])
    assert one.id == first.id
    assert one.readers == ["offline", "openai"]
    assert one.disagreements == []
    assert first.confidence < one.confidence < 1
    assert "offline and openai agree" in one.reasons


def test_differences_are_listed_field_by_field_and_the_first_reader_is_kept() -> None:
    first = claim("offline", own_method=True)
    second = claim(
        "openai", method="RNN", dataset="SST-1", metric="error", direction="minimize", own_method=False
    )
    one = merged(first, second)
    told = {d.field: (d.reader, d.value) for d in one.disagreements}
    assert told == {
        "method": ("openai", "RNN"),
        "dataset": ("openai", "SST-1"),
        "metric": ("openai", "error"),
        "direction": ("openai", "minimize"),
        "own_method": ("openai", "false"),
    }
    assert (one.method, one.dataset, one.metric) == ("CNN", "MR", "accuracy")
    assert one.confidence < first.confidence
    assert any("openai reads it otherwise: method, dataset" in r for r in one.reasons)


def test_a_longer_name_is_no_disagreement_but_a_number_or_a_sign_is() -> None:
    def fields(**other: Any) -> set[str]:
        base = claim("offline", metric="accuracy", dataset="CIFAR-10", method="Net [12]")
        return {
            d.field
            for d in merged(
                base, claim("openai", **({"dataset": "CIFAR-10", "method": "Net"} | other))
            ).disagreements
        }

    assert fields(metric="test accuracy") == set()
    assert fields(dataset="CIFAR 10 dataset") == set()
    assert fields(dataset="CIFAR-10+") == {"dataset"}
    assert fields(dataset="CIFAR-100") == {"dataset"}
    assert fields(metric="top-1 accuracy") == {"metric"}
    assert fields(method="Net-static") == {"method"}


def test_what_the_first_left_open_the_second_fills_and_that_is_said() -> None:
    one = merged(claim("offline", dataset=None, direction=None), claim("openai", headline=True))
    assert (one.dataset, one.direction, one.headline) == ("MR", "maximize", True)
    assert one.disagreements == []
    assert "dataset from openai" in one.reasons
    assert one.confidence == claim("offline").confidence, "one reader's word alone makes nobody surer"


def test_the_same_number_is_the_same_digits_at_the_same_place() -> None:
    first = claim("offline", rows=["CNN"], columns=["MR"])
    assert same_number(first, claim("openai", 5))
    assert same_number(first, claim("openai", 300, rows=["CNN"], columns=["MR"]))
    assert not same_number(first, claim("openai", 300))
    assert not same_number(first, claim("openai", page=5))
    assert not same_number(first, claim("openai", value_printed="18.5"))
    assert same_number(claim("offline", value_printed=".815"), claim("openai", value_printed="0.815"))
    assert same_number(claim("offline", value_printed="−3.1"), claim("openai", value_printed="-3.1"))


def test_what_one_reader_alone_has_is_kept_as_that_readers() -> None:
    first, second = claim("offline"), claim("openai", 300)
    assert merge([first], [second]) == [first, second]
    assert merge([], [second]) == [second]
    assert merge([first], []) == [first]


def test_of_two_claims_on_one_number_the_more_alike_is_merged() -> None:
    one, other = claim("offline", 0, dataset="SST-1"), claim("offline", 1)
    assert twin([one, other], claim("openai")) is other


def test_merging_again_changes_nothing() -> None:
    second = claim("openai", method="RNN")
    once = merge([claim("offline")], [second])
    assert merge(once, [second]) == once
