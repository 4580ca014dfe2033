"""Which runs a report rests on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from p2n_ext.judging import IntervalJudge
from p2n_ext.services import keys
from p2n_ext.services.reports import ReportService
from p2n_ext.stores.files import LocalObjectStore
from p2n_ext.stores.signing import Signer
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, ErrorInfo
from p2n_schemas.papers import Extraction, Paper
from p2n_schemas.runs import RunStatus
from tests.judging.test_verdicts import TWENTY, a_claim, a_plan, a_run, measured

PAPER = Paper(
    id="p",
    sha256="0" * 64,
    title="A paper",
    filename="a.pdf",
    size_bytes=1,
    pages=1,
    created_at=utc_now(),
)


async def test_a_run_ended_at_its_deadline_counts_only_where_none_succeeded(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "p2n.sqlite3")
    objects = LocalObjectStore(tmp_path / "objects", Signer(b"k" * 32), lambda: "/")
    reports = ReportService(database, objects, IntervalJudge())

    async def add(name: str, later: int, status: RunStatus, values: list[float]) -> None:
        await database.add_run(a_run(name, later).model_copy(update={"status": RunStatus.QUEUED}), None, 10)
        await database.transition(name, RunStatus.RUNNING)
        over = ErrorInfo(code=ErrorCode.E_RUN_TIMEOUT, message="Over.", remediation="Give it more time.")
        error: dict[str, Any] = {"error": over} if status is RunStatus.TIMEOUT else {}
        assert await database.transition(name, status, **error) is not None
        await objects.put(keys.run_artifact(name, keys.METRICS), json.dumps(measured(values)).encode())

    async def runs_behind() -> tuple[str, list[str]]:
        [verdict] = (await reports.report("p")).verdicts
        return verdict.verdict, verdict.run_ids

    try:
        await database.put_paper(PAPER)
        done = Extraction(readers=["offline"], provider="offline", claims=1, seconds=1, finished_at=utc_now())
        await database.replace_claims("p", done, [a_claim("95.0%")])
        await database.put_plan(a_plan().model_copy(update={"env_hash": "e"}))
        await add("failed", 0, RunStatus.FAILED, TWENTY)
        assert await runs_behind() == ("not_run", ["failed"])
        await add("cut", 1, RunStatus.TIMEOUT, TWENTY[:9])
        assert await runs_behind() == ("reproduced", ["cut"])
        await add("whole", 2, RunStatus.SUCCEEDED, TWENTY)
        await add("cut-again", 3, RunStatus.TIMEOUT, TWENTY[:3])
        assert await runs_behind() == ("reproduced", ["whole"])
    finally:
        await database.close()
