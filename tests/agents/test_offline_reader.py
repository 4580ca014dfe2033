from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.documents import PdfDocuments
from p2n_schemas.claims import Claim
from tests.offline_reading import claims_of


def folded(text: str) -> str:
    return re.sub(r"\s+", "", text)


async def test_every_number_of_the_sample_study_is_found_as_the_study_computed_it(sample_pdf: Path) -> None:
    study = json.loads((sample_pdf.parent / "results.json").read_text())
    truth: dict[tuple[str, str, str], dict[str, float]] = {}
    for dataset, methods in study["results"].items():
        for method, metrics in methods.items():
            for metric, numbers in metrics.items():
                truth[dataset, method, metric] = numbers
    claims = [c for c in await claims_of(sample_pdf) if c.citation.label.startswith("Table")]
    words = {
        "accuracy": "accuracy",
        "error": "error",
        "sensitivity": "sensitivity",
        "specificity": "specificity",
    }
    found: dict[tuple[str, str, str], Claim] = {}
    for claim in claims:
        metric = next(v for k, v in words.items() if k in claim.metric.lower())
        key = (str(claim.dataset), claim.method, metric)
        assert key not in found, f"said twice: {key}"
        found[key] = claim
    assert set(found) == set(truth)
    for key, numbers in truth.items():
        claim = found[key]
        assert claim.value == pytest.approx(numbers["mean"], abs=0.005), key
        assert claim.units == "%"
        assert claim.uncertainty is not None
        assert claim.uncertainty.value == pytest.approx(numbers["sd"], abs=0.005), key
        assert claim.split == "test"
        assert claim.direction == ("minimize" if "error" in key[2] else "maximize")


async def test_every_quote_and_value_stands_on_its_page(sample_pdf: Path) -> None:
    texts = [folded(t) for t in await PdfDocuments().page_texts(sample_pdf)]
    claims = await claims_of(sample_pdf)
    assert claims
    for claim in claims:
        cited = claim.citation
        assert folded(cited.quote) in texts[cited.page - 1]
        assert claim.value_printed in cited.quote
        assert cited.region.x0 <= cited.box.x0 < cited.box.x1 <= cited.region.x1 + 1
        assert cited.region.top <= cited.box.top < cited.box.bottom <= cited.region.bottom + 1


async def test_reading_twice_gives_the_same_ids_and_another_paper_others(sample_pdf: Path) -> None:
    first, again, other = [
        [c.id for c in await claims_of(sample_pdf, paper)] for paper in ("p_one", "p_one", "p_two")
    ]
    assert first == again
    assert len(set(first)) == len(first)
    assert not set(first) & set(other)
    assert all(re.fullmatch(r"c_[0-9a-f]{16}", i) for i in first)


async def test_what_the_abstract_says_again_is_a_headline(sample_pdf: Path) -> None:
    claims = await claims_of(sample_pdf)
    told = {c.value_printed.rstrip("%") for c in claims if c.citation.label == "Abstract"}
    assert told
    headlines = {c.value_printed for c in claims if c.headline and c.citation.label.startswith("Table")}
    assert {"97.54", "96.30", "74.63"} <= headlines
    assert not {"91.81", "98.33"} & headlines


def label(folder: Path, stem: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "labels" / f"{stem}.json").read_text())
    return found


@pytest.mark.papers
async def test_agarap_table_2_is_read_whole_with_method_dataset_and_page(real_papers: Path) -> None:
    claims = await claims_of(real_papers / "papers" / "agarap_2017_wdbc.pdf")
    expected = {
        (
            c["metric"].removeprefix("Test ").capitalize() if "ccuracy" in c["metric"] else c["metric"],
            c["method"],
        ): c["value"]
        for c in label(real_papers, "agarap_2017_wdbc")["claims"]
        if c["table_or_section"] == "Table 2"
    }
    found = {(c.metric, c.method): c for c in claims if c.citation.label == "Table 2"}
    assert len(expected) == 35
    assert set(found) == set(expected)
    for key, value in expected.items():
        claim = found[key]
        assert claim.value == pytest.approx(value, abs=1e-9), key
        assert (claim.units, claim.dataset, claim.citation.page) == ("%", "WDBC", 4), key
    assert found["Accuracy", "MLP"].headline
    assert not found["Accuracy", "SVM"].headline


@pytest.mark.papers
async def test_a_paper_without_results_gives_none(real_papers: Path) -> None:
    assert await claims_of(real_papers / "papers" / "mallat_2016_understanding_cnn.pdf") == []


@pytest.mark.papers
async def test_every_labelled_paper_gives_claims_that_are_right(real_papers: Path) -> None:
    """A floor, not the measure: benchmarks/score_extraction.py gives the figures."""
    for file in sorted((real_papers / "labels").glob("*.json")):
        truth = [c for c in label(real_papers, file.stem)["claims"] if not c.get("image_only")]
        if not truth:
            continue
        claims = await claims_of(real_papers / "papers" / f"{file.stem}.pdf")
        found = {(c.citation.page, round(c.value, 4)) for c in claims}
        right = sum((c["page"], round(float(c["value"]), 4)) in found for c in truth)
        assert right >= 0.5 * len(truth), file.stem
