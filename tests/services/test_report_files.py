"""The report as files: what is in them, that hostile text stays text, and that a crate is one by the specification."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_ext.judging import IntervalJudge
from p2n_ext.services.report_export import CrateParts, RunParts, markdown, page, write_crate
from p2n_schemas.claims import Claim
from p2n_schemas.papers import Paper
from p2n_schemas.reports import PlanVersion, Report, VerdictKind
from p2n_schemas.runs import Artifact, DatasetMount, RunInputs
from tests.judging.test_verdicts import TWENTY, a_claim, a_plan, a_run, measured
from tests.services.crates import check_crate, command_of, unpack

API = API_PATH.strip("/").split("/")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'`|\n# head\n[x](javascript:alert(1)) "
    "https://evil.invalid/\u202egnp"
)


def a_report(claim: Claim, title: str = "A paper") -> Report:
    plan = a_plan()
    run = a_run().model_copy(
        update={
            "artifacts": [
                Artifact(name="metrics.json", size_bytes=2, sha256="0" * 64, content_type="application/json")
            ],
            "started_at": NOW,
            "ended_at": NOW,
        }
    )
    judge = IntervalJudge()
    again = claim.model_copy(update={"id": "c9", "value": 99.0, "value_printed": "99.0"})
    abstract = again.model_copy(update={"citation": again.citation.model_copy(update={"label": "Abstract"})})
    contradictions = judge.contradictions([abstract, claim])
    verdict = judge.judge(claim, plan, [(run, measured(TWENTY))], contradictions)
    left = judge.judge(claim.model_copy(update={"id": "c2"}), plan, [(run, measured(TWENTY))])
    version = PlanVersion(
        id="pl", version=2, parent="pl_old", planner="person", author=claim.method, created_at=NOW, env_hash="e",
        image_digest="d", python_version="3.11", runs=["r1"], verdicts=1,
    )  # fmt: skip
    return Report(
        paper_id="p", title=title, created_at=NOW, reader="offline", rule=judge.rule, verdicts=[verdict, left],
        counts={VerdictKind.REPRODUCED: 1, VerdictKind.NOT_RUN: 1},
        counts_by_method={verdict.whose: {VerdictKind.REPRODUCED: 1, VerdictKind.NOT_RUN: 1}},
        contradictions=contradictions, plans=[version], runs=[run],
    )  # fmt: skip


def hostile() -> Report:
    claim = a_claim("95.0")
    citation = claim.citation.model_copy(update={"quote": HOSTILE})
    return a_report(
        claim.model_copy(
            update={
                "method": HOSTILE,
                "dataset": HOSTILE,
                "metric": f"Accuracy {HOSTILE}",
                "citation": citation,
            }
        ),
        HOSTILE,
    )


class Elements(HTMLParser):
    """Every element with its attributes, and whether each was closed."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "line", "circle", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_page_loads_nothing_and_runs_nothing_whatever_a_paper_says() -> None:
    document = page(hostile())
    elements = Elements(document)
    assert elements.open == []
    tags = {tag for tag, _ in elements.found}
    assert not tags & {"script", "img", "iframe", "link", "object", "a", "base", "form", "image", "use"}
    for _, attributes in elements.found:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("src", "href", "xlink:href")
        ]
    assert "\u202e" not in document
    assert "&lt;script&gt;" in document
    style = re.search(r"<style>(.*?)</style>", document, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert "prefers-color-scheme: dark" in style[1]
    assert "default-src 'none'" in document


def test_a_page_draws_claimed_and_observed() -> None:
    report = a_report(a_claim("95.0"))
    document = page(report)
    assert document.count("<svg") == 1
    assert 'class="claimed"' in document
    assert 'class="interval"' in document
    for words in (
        "95.0 %",
        "94.95",
        "n = 20",
        "version 2",
        "edited from pl_old",
        "No such method.",
        "0" * 64,
    ):
        assert words in document, words
    assert report.contradictions
    assert report.contradictions[0].words.split(":")[0] in document


def test_markdown_keeps_hostile_text_text() -> None:
    text = markdown(hostile())
    assert "<script" not in text
    assert "<img" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "https://evil" not in text
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert not [line for line in headings if line.lstrip("# ") == "head"]
    table = [line for line in text.splitlines() if line.startswith("| ✓")]
    assert len(table) == 1
    assert len(re.findall(r"(?<!\\)\|", table[0])) == 11


def test_markdown_of_a_plain_paper_reads_plainly() -> None:
    text = markdown(a_report(a_claim("95.0")))
    assert (
        "| ✓ reproduced | 1-NN | Accuracy, Wine, test | Table 1, page 1 | 95.0 % | 94.95 % (s = 0.59) |"
        in text
    )
    assert "\\9" not in text


def crate_of(report: Report, tmp_path: Path, pdf: bool = False) -> Path:
    metrics = tmp_path / "metrics.json"
    metrics.write_text("{}")
    paper = Paper(
        id="p", sha256="a" * 64, title=report.title, filename="p.pdf", size_bytes=4, pages=1, created_at=NOW,
        source_url="https://example.org/p.pdf",
    )  # fmt: skip
    (tmp_path / "p.pdf").write_bytes(b"%PDF")
    mount = DatasetMount(name="wine", loader="print()", sha256="b" * 64)
    inputs = RunInputs(
        notebook="{}", requirements_lock="a==1", python_version="3.11.2", datasets=[mount], seed=0
    )
    run = RunParts(report.runs[0], a_plan(), inputs, "a==1", {"metrics.json": metrics})
    parts = CrateParts(report, paper, "0.1.0", [run], {"c1": b"\x89PNG"}, tmp_path / "p.pdf" if pdf else None)
    target = BytesIO()
    write_crate(parts, target)
    return unpack(target.getvalue(), tmp_path / "crate")


def test_a_crate_is_one_by_the_specification(tmp_path: Path) -> None:
    report = a_report(a_claim("95.0"))
    crate = crate_of(report, tmp_path)
    graph = check_crate(crate)
    assert graph["#r1"]["instrument"] == {"@id": "runs/r1/notebook.ipynb"}
    assert graph["#r1"]["result"] == [{"@id": "runs/r1/metrics.json"}]
    assert not (crate / "paper.pdf").exists()
    assert Report.model_validate_json((crate / "report.json").read_text()) == report
    words = command_of((crate / "README.md").read_text())
    assert words[:2] == ["docker", "run"]
    assert "python:3.11.2-slim" in words


def test_a_crate_has_the_paper_only_where_asked(tmp_path: Path) -> None:
    crate = crate_of(hostile(), tmp_path, pdf=True)
    graph = check_crate(crate)
    assert graph["paper.pdf"]["license"] == {"@id": "#paper-licence"}
    assert (crate / "paper.pdf").read_bytes() == b"%PDF"
    assert "<script" not in (crate / "README.md").read_text()


async def test_over_rest(jp_fetch: Any, tmp_path: Path) -> None:
    sample = await jp_fetch(*API, "papers", "sample", method="POST", body="{}")
    paper_id = str(json.loads(sample.body)["paper"]["id"])
    await jp_fetch(*API, "papers", paper_id, "extract", method="POST", body="{}", request_timeout=120)
    answers = {
        form: await jp_fetch(*API, "papers", paper_id, f"report.{form}")
        for form in ("json", "md", "html", "crate.zip")
    }
    for form, answer in answers.items():
        assert answer.headers["Content-Disposition"] == f'attachment; filename="report-{paper_id}.{form}"'
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert int(answer.headers["Content-Length"]) == len(answer.body)
    report = Report.model_validate_json(answers["json"].body)
    assert {verdict.verdict for verdict in report.verdicts} == {VerdictKind.NOT_RUN}
    assert answers["md"].headers["Content-Type"].startswith("text/markdown")
    assert answers["html"].headers["Content-Type"].startswith("text/html")
    crate = unpack(answers["crate.zip"].body, tmp_path / "crate")
    assert "nothing to run again" in (crate / "README.md").read_text()
    check_crate(crate)
    with_pdf = await jp_fetch(*API, "papers", paper_id, "report.crate.zip", params={"pdf": "1"})
    assert (unpack(with_pdf.body, tmp_path / "with") / "paper.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, "papers", paper_id, "report.crate.zip", params={"pdf": "maybe"})
    assert caught.value.code == 400


async def test_an_edited_plan_is_a_new_version_beside_the_old_one(jp_fetch: Any) -> None:
    sample = await jp_fetch(*API, "papers", "sample", method="POST", body="{}")
    paper_id = str(json.loads(sample.body)["paper"]["id"])
    await jp_fetch(*API, "papers", paper_id, "extract", method="POST", body="{}", request_timeout=120)

    async def send(body: dict[str, Any]) -> dict[str, Any]:
        answer = await jp_fetch(*API, "papers", paper_id, "plans", method="POST", body=json.dumps(body))
        return dict(json.loads(answer.body))

    first = await send({"budget_minutes": 5})
    assert (first["version"], first["parent"], first["planner"]) == (1, None, "offline")
    edited = first["body"] | {"config": first["body"]["config"] | {"repeats": 7}}
    second = await send({"plan": edited, "parent": first["id"]})
    third = await send({"plan": edited, "parent": second["id"]})
    branch = await send({"plan": edited, "parent": first["id"]})
    other = await send({"plan": edited})
    assert [plan["version"] for plan in (second, third, branch, other)] == [2, 3, 4, 1]
    assert [plan["parent"] for plan in (second, third, branch, other)] == [
        first["id"],
        second["id"],
        first["id"],
        None,
    ]
    assert second["planner"] == "person"
    listed = json.loads((await jp_fetch(*API, "papers", paper_id, "plans")).body)["plans"]
    assert [plan["id"] for plan in listed] == [plan["id"] for plan in (other, branch, third, second, first)]
    assert listed[-1] == first
    with pytest.raises(HTTPClientError) as caught:
        await send({"plan": edited, "parent": "pl_of_another_paper"})
    assert caught.value.code == 400
    report = Report.model_validate_json((await jp_fetch(*API, "papers", paper_id, "report")).body)
    assert [plan.version for plan in report.plans] == [1, 4, 3, 2, 1]
    # A plan as an older version stored it has neither.
    from p2n_schemas.plans import Plan

    old = {name: value for name, value in first.items() if name not in ("version", "parent", "author")}
    assert Plan.model_validate(old).version == 1
