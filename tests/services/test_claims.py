"""Claims over REST: filtered, exported, corrected to what the page prints, and what a reader proposed kept."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPResponse

from p2n_ext.handlers import API_PATH
from p2n_ext.services.claim_export import claims_csv
from p2n_ext.services.claims import number_of
from p2n_schemas.claims import Box, Citation, Claim

API = API_PATH.strip("/").split("/")


async def read_sample(jp_fetch: Any) -> tuple[str, list[dict[str, Any]]]:
    response = await jp_fetch(*API, "papers", "sample", method="POST", body="{}")
    paper_id = str(json.loads(response.body)["paper"]["id"])
    await jp_fetch(*API, "papers", paper_id, "extract", method="POST", body="{}", request_timeout=120)
    return paper_id, (await claims(jp_fetch, paper_id))["claims"]


async def claims(jp_fetch: Any, paper_id: str, **query: str) -> dict[str, Any]:
    response = await jp_fetch(*API, "papers", paper_id, "claims", params=query)
    return dict(json.loads(response.body))


async def patch(jp_fetch: Any, claim_id: str, **changes: object) -> dict[str, Any]:
    response = await jp_fetch(*API, "claims", claim_id, method="PATCH", body=json.dumps(changes))
    return dict(json.loads(response.body))


async def refused(fetching: Any) -> dict[str, Any]:
    with pytest.raises(HTTPClientError) as caught:
        await fetching
    response = caught.value.response
    assert isinstance(response, HTTPResponse)
    return dict(json.loads(response.body)["error"])


async def test_claims_are_filtered_by_what_a_person_looks_for(jp_fetch: Any) -> None:
    paper_id, every = await read_sample(jp_fetch)
    for name, chosen in (
        ("table", lambda c: c["citation"]["label"]),
        ("method", lambda c: c["method"]),
        ("dataset", lambda c: c["dataset"]),
        ("metric", lambda c: c["metric"]),
    ):
        wanted = next(chosen(claim) for claim in every if chosen(claim))
        found = await claims(jp_fetch, paper_id, **{name: wanted.upper()})
        expected = [c["id"] for c in every if wanted.casefold() in (chosen(c) or "").casefold()]
        assert [claim["id"] for claim in found["claims"]] == expected, name
        assert found["total"] == len(every)
    await patch(jp_fetch, every[0]["id"], status="rejected")
    rejected = await claims(jp_fetch, paper_id, status="rejected")
    assert [claim["id"] for claim in rejected["claims"]] == [every[0]["id"]]
    assert (await claims(jp_fetch, paper_id, headline="true"))["claims"] == [
        claim for claim in (await claims(jp_fetch, paper_id))["claims"] if claim["headline"]
    ]
    error = await refused(claims(jp_fetch, paper_id, status="gone"))
    assert error["code"] == "E_VALIDATION"


async def test_who_read_the_paper_is_told_with_its_claims(jp_fetch: Any) -> None:
    paper_id, every = await read_sample(jp_fetch)
    extraction = (await claims(jp_fetch, paper_id))["extraction"]
    assert extraction["readers"] == ["offline"]
    assert (extraction["provider"], extraction["model"]) == ("auto", None)
    assert extraction["claims"] == len(every)
    usage = json.loads((await jp_fetch(*API, "papers", paper_id, "usage")).body)
    assert usage == {"calls": [], "spent_usd": 0, "cap_usd": 1.0}


async def test_a_model_that_is_not_set_up_is_refused_before_the_stream(jp_fetch: Any) -> None:
    paper_id, before = await read_sample(jp_fetch)
    asked = jp_fetch(
        *API, "papers", paper_id, "extract", method="POST", body='{"provider": "openai"}', request_timeout=60
    )
    error = await refused(asked)
    assert error["code"] == "E_MODEL_NOT_CONFIGURED"
    assert "OPENAI_API_KEY" in error["remediation"]
    assert (await claims(jp_fetch, paper_id))["claims"] == before


async def test_a_corrected_value_moves_to_the_place_that_prints_it(jp_fetch: Any) -> None:
    _, every = await read_sample(jp_fetch)
    claim, other = _two_values_of_a_table(every)
    changed = await patch(jp_fetch, claim["id"], value=other["value"])
    assert changed["status"] == "corrected"
    assert changed["value"] == other["value"]
    assert changed["value_printed"] == other["value_printed"].rstrip("%")
    assert Box.model_validate(changed["citation"]["box"]).overlap(Box(**other["citation"]["box"])) > 0.5
    assert changed["value_printed"] in changed["citation"]["quote"]
    for name in ("label", "row_headings", "column_headings"):
        assert changed["citation"][name] == other["citation"][name], name
    assert changed["uncertainty"] is None, "what stood beside the first number is not said of this one"
    assert changed["proposed"]["value_printed"] == claim["value_printed"]

    back = await patch(jp_fetch, claim["id"], status="proposed")
    assert back == claim | {"corrected_at": back["corrected_at"]}


def _two_values_of_a_table(every: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two numbers of the same table, the second only once in it."""
    for claim in (c for c in every if c["citation"]["label"].startswith("Table")):
        table = [other for other in every if other["citation"]["label"] == claim["citation"]["label"]]
        for other in table:
            same = [c for c in table if c["value_printed"] == other["value_printed"]]
            if len(same) == 1 and other["value"] != claim["value"]:
                return claim, other
    raise AssertionError("the sample paper has no such claims")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": 12.3456}, "12.3456 does not stand on page"),
        ({"value_printed": "almost all"}, "does not print the number"),
        ({"value": 1.5, "value_printed": "2.5"}, "does not print the number 1.5"),
    ],
)
async def test_a_value_that_the_page_does_not_print_is_refused_and_changes_nothing(
    jp_fetch: Any, changes: dict[str, object], says: str
) -> None:
    paper_id, before = await read_sample(jp_fetch)
    error = await refused(patch(jp_fetch, before[0]["id"], **changes))
    assert error["code"] == "E_VALIDATION"
    assert says in error["message"]
    assert error["remediation"]
    assert (await claims(jp_fetch, paper_id))["claims"] == before


async def test_a_correction_taken_back_by_hand_is_none_any_more(jp_fetch: Any) -> None:
    _, every = await read_sample(jp_fetch)
    claim = every[0]
    changed = await patch(jp_fetch, claim["id"], method="My own name")
    assert (changed["status"], changed["proposed"]["method"]) == ("corrected", claim["method"])
    back = await patch(jp_fetch, claim["id"], method=claim["method"])
    assert back == claim | {"corrected_at": back["corrected_at"]}


async def test_what_the_reader_said_can_not_be_changed_and_brought_back_at_once(jp_fetch: Any) -> None:
    _, every = await read_sample(jp_fetch)
    await patch(jp_fetch, every[0]["id"], method="My own name")
    error = await refused(patch(jp_fetch, every[0]["id"], status="proposed", method="Another"))
    assert error["code"] == "E_VALIDATION"


async def test_of_two_words_said_at_once_none_is_lost(jp_fetch: Any) -> None:
    paper_id, every = await read_sample(jp_fetch)
    claim, other = _two_values_of_a_table(every)
    slow = asyncio.ensure_future(patch(jp_fetch, claim["id"], value=other["value"]))
    await asyncio.sleep(0.1)
    await patch(jp_fetch, claim["id"], status="rejected", note="seen meanwhile")
    await slow
    kept = next(c for c in (await claims(jp_fetch, paper_id))["claims"] if c["id"] == claim["id"])
    assert (kept["value"], kept["note"]) == (other["value"], "seen meanwhile")


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("97.7", 97.7),
        (".891", 0.891),
        ("1,234.5", 1234.5),
        ("1.2e-3", 0.0012),
        ("3.3\u00b710^18", 3.3e18),
        ("\u22120.5", -0.5),
        ("97,7", None),
        ("1h33", None),
    ],
)
def test_a_number_is_read_as_it_is_printed_or_not_at_all(printed: str, value: float | None) -> None:
    assert number_of(printed) == value


async def test_a_word_that_changes_nothing_is_no_correction(jp_fetch: Any) -> None:
    _, every = await read_sample(jp_fetch)
    same = await patch(jp_fetch, every[0]["id"], method=every[0]["method"], value=every[0]["value"])
    assert same == every[0]


async def test_the_evidence_shows_the_cell_or_the_whole_page(jp_fetch: Any) -> None:
    _, every = await read_sample(jp_fetch)
    address = (*API, "claims", every[0]["id"], "evidence.png")
    region = await jp_fetch(*address)
    page = await jp_fetch(*address, params={"view": "page"})
    assert region.headers["Content-Type"] == page.headers["Content-Type"] == "image/png"
    assert _height(page.body) > _height(region.body)
    assert (await refused(jp_fetch(*address, params={"view": "moon"})))["code"] == "E_VALIDATION"


async def test_a_page_is_shown_with_a_quote_marked(jp_fetch: Any) -> None:
    paper_id, _ = await read_sample(jp_fetch)
    address = (*API, "papers", paper_id, "pages", "1.png")
    quote = "over 20 random splits"
    plain = await jp_fetch(*address)
    marked = await jp_fetch(*address, params={"quote": quote})
    absent = await jp_fetch(*address, params={"quote": "words that nobody wrote"})
    assert plain.headers["Content-Type"] == "image/png"
    assert _height(plain.body) == _height(marked.body)
    assert plain.body == absent.body != marked.body
    beyond = jp_fetch(*API, "papers", paper_id, "pages", "99.png")
    assert (await refused(beyond))["code"] == "E_NOT_FOUND"
    assert (await refused(jp_fetch(*address, params={"quote": "x" * 5000})))["code"] == "E_VALIDATION"


def _height(png: bytes) -> int:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[20:24])


async def test_what_is_exported_is_what_is_listed(jp_fetch: Any) -> None:
    paper_id, every = await read_sample(jp_fetch)
    table = every[0]["citation"]["label"]
    response = await jp_fetch(*API, "papers", paper_id, "claims.csv", params={"table": table})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="claims-{paper_id}.csv"'
    rows = list(csv.DictReader(io.StringIO(response.body.decode("utf-8-sig"))))
    listed = (await claims(jp_fetch, paper_id, table=table))["claims"]
    assert [(r["id"], float(r["value"]), r["quote"]) for r in rows] == [
        (c["id"], c["value"], c["citation"]["quote"]) for c in listed
    ]
    response = await jp_fetch(*API, "papers", paper_id, "claims.json", params={"table": table})
    assert json.loads(response.body)["claims"] == listed


def test_a_paper_can_not_put_a_formula_into_a_spreadsheet() -> None:
    box = Box(x0=0, top=0, x1=1, bottom=1)
    claim = Claim(
        id="c_1",
        paper_id="p_1",
        method='=HYPERLINK("http://evil.invalid","k-NN")',
        dataset="+SUM(A1:A9)",
        split=None,
        metric="accuracy",
        value=-0.5,
        value_printed="-0.5",
        units=None,
        direction=None,
        citation=Citation(label="Table 1", page=1, quote="@cmd -0.5", box=box, region=box),
        confidence=1,
    )
    row = next(csv.DictReader(io.StringIO(claims_csv([claim]).decode("utf-8-sig"))))
    assert row["method"].startswith("'=")
    assert row["dataset"].startswith("'+")
    assert row["quote"].startswith("'@")
    assert (row["value"], row["value_printed"]) == ("-0.5", "-0.5")
