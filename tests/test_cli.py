"""`jupyter p2n` as a person types it: what it prints, and its exit status."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from p2n_schemas.api import ClaimList
from p2n_schemas.reports import Report
from p2n_schemas.storyboards import MAX_GRADE, Storyboard


def p2n(data_dir: Path, *arguments: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from p2n_ext.cli import main; main()",
        *arguments,
        "--data-dir",
        str(data_dir),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)


def test_claims_as_json_for_another_program(data_dir: Path, sample_pdf: Path) -> None:
    done = p2n(data_dir, "extract", str(sample_pdf), "--json")
    assert done.returncode == 0, done.stderr
    found = ClaimList.model_validate_json(done.stdout)
    assert found.reader == "offline"
    claims = found.claims
    assert {claim.citation.page for claim in claims} <= {1, 2}
    table = p2n(data_dir, "extract", str(sample_pdf))
    assert all(claim.value_printed in table.stdout for claim in claims)
    rows = list(csv.DictReader(io.StringIO(p2n(data_dir, "extract", str(sample_pdf), "--csv").stdout)))
    assert [row["value_printed"] for row in rows] == [claim.value_printed for claim in claims]


def test_a_report_before_any_run_gives_no_verdict(data_dir: Path, sample_pdf: Path) -> None:
    p2n(data_dir, "extract", str(sample_pdf), "--json")
    done = p2n(data_dir, "report", str(sample_pdf), "--json")
    report = Report.model_validate_json(done.stdout)
    assert report.verdicts
    assert {verdict.verdict for verdict in report.verdicts} == {"not_run"}


def test_a_report_as_a_file_to_keep(data_dir: Path, sample_pdf: Path, tmp_path: Path) -> None:
    p2n(data_dir, "extract", str(sample_pdf), "--json")
    crate = tmp_path / "report.zip"
    done = p2n(data_dir, "report", str(sample_pdf), "--format", "crate", "--out", str(crate), "--pdf")
    assert done.returncode == 0, done.stderr
    assert str(crate) in done.stdout
    assert {"ro-crate-metadata.json", "report.html", "paper.pdf"} <= set(zipfile.ZipFile(crate).namelist())
    shown = p2n(data_dir, "report", str(sample_pdf), "--format", "md")
    assert shown.stdout.startswith("# ")
    nowhere = p2n(
        data_dir, "report", str(sample_pdf), "--format", "html", "--out", str(tmp_path / "no" / "x.html")
    )
    assert nowhere.returncode == 1
    assert "can't be written" in nowhere.stderr + nowhere.stdout


def test_a_story_on_the_terminal_as_json_and_as_a_page_to_print(
    data_dir: Path, sample_pdf: Path, tmp_path: Path
) -> None:
    p2n(data_dir, "extract", str(sample_pdf), "--json")
    done = p2n(data_dir, "story", str(sample_pdf), "--json")
    assert done.returncode == 0, done.stderr
    story = Storyboard.model_validate_json(done.stdout)
    assert all(page.readability.grade <= MAX_GRADE for page in story.pages)
    html = tmp_path / "story.html"
    assert p2n(data_dir, "story", story.paper_id, "--html", str(html)).returncode == 0
    assert html.read_text().count("<img") == len(story.pages)
    shown = p2n(data_dir, "story", story.paper_id)
    assert story.pages[-1].title in shown.stdout
    assert p2n(data_dir, "story", story.paper_id, "--html", str(tmp_path / "no" / "x")).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "/no/such/file.pdf"), "E_NOT_FOUND"),
        (("run", __file__), "E_NOT_A_PDF"),
        (("run", "http://127.0.0.1/paper.pdf"), "E_URL_REFUSED"),
        (("report", "p_none"), "E_NOT_FOUND"),
        (("logs", "r_none"), "E_NOT_FOUND"),
        (("cancel", "r_none"), "E_NOT_FOUND"),
    ],
)
def test_a_failure_names_its_code_and_the_remedy(
    data_dir: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = p2n(data_dir, *arguments)
    assert done.returncode == 1
    assert says in done.stdout
    assert "→" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_wrong_usage_is_said(data_dir: Path) -> None:
    assert p2n(data_dir, "run").returncode == 2
    assert p2n(data_dir, "nonsense").returncode == 2


def test_a_paper_without_results_says_so(data_dir: Path, real_papers: Path) -> None:
    done = p2n(data_dir, "run", str(real_papers / "papers" / "mallat_2016_understanding_cnn.pdf"))
    assert done.returncode == 1
    assert "E_NO_CLAIMS" in done.stdout


def test_a_paper_that_can_not_be_run_says_why(data_dir: Path, real_papers: Path) -> None:
    done = p2n(data_dir, "run", str(real_papers / "papers" / "kim_2014_textcnn.pdf"))
    assert done.returncode == 1
    assert "E_NOTHING_RUNNABLE" in done.stdout
    assert " × " in done.stdout


@pytest.mark.docker
def test_the_doctor_looks_at_everything(data_dir: Path) -> None:
    done = p2n(data_dir, "doctor")
    for name in ("store", "reader", "docker", "ray"):
        assert name in done.stdout
    assert done.returncode == 0, done.stdout
