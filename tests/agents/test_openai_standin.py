"""The real SDK against the strict stand-in, which refuses what the official description does not allow."""

from __future__ import annotations

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.agents.combined import CombinedReader
from p2n_ext.agents.offline import OfflineReader
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import Stage
from tests.agents.openai_reading import PDF, RIGHT, answer, desk, paper, proposal
from tests.openai_standin import ROOT, Standin, standin

VALUES = {c["value_printed"] for c in RIGHT}
PAPERS_FOLDER = Path(os.environ.get("P2N_PAPERS", ROOT.parent / "shared" / "papers"))


FAULTS: dict[str, dict[str, Any]] = {
    "refused": {"refusal": "I can't."},
    "cut-off": {"incomplete": "max_output_tokens", "text": answer(*RIGHT[:2])[:-2] + ", {"},
    "filtered": {"incomplete": "content_filter", "text": ""},
    "no-json": {"text": "not JSON"},
    "no-schema": {"text": '{"claims": [{"method": 1}]}'},
    "busy": {"status": 429, "retry_after": 0},
    "broken": {"status": 500},
    "away": {"status": 503},
    "dropped-early": {"drop_after": 1},
    "dropped-late": {"drop_after": 9, "text": answer()},
}
LASTING: dict[str, tuple[dict[str, Any], ErrorCode]] = {
    "always-refused": ({"refusal": "No."}, ErrorCode.E_MODEL_REFUSED),
    "always-no-json": ({"text": "no"}, ErrorCode.E_MODEL_OUTPUT_INVALID),
    "always-broken": ({"status": 500}, ErrorCode.E_MODEL_UNAVAILABLE),
    "always-wrong": ({"status": 400}, ErrorCode.E_MODEL_REJECTED),
}
KINDS = ("o1-mini", "o3-mini", "gpt-4o", "gpt-5")
PAPERS = ("kim_2014_textcnn", "moustafa_2013_metricspace")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    """One for all tests, as it takes seconds to start; each has a model of its own to script."""
    answers: dict[str, list[Any]] = {"gpt-4o-mini": [answer(*RIGHT, proposal("99.9", "1-NN"))]}
    answers |= {name: [fault, answer()] for name, fault in FAULTS.items()}
    answers |= {name: [fault] for name, (fault, _) in LASTING.items()}
    answers |= {stem: [json.dumps({"claims": told(stem)})] for stem in PAPERS if PAPERS_FOLDER.is_dir()}
    with standin(tmp_path_factory.mktemp("standin"), answers | {"*": [answer()]}, index_delay=0.2) as running:
        yield running


def using(model: str) -> dict[str, Any]:
    return {"models": {"extractor": model, "planner": model, "storyteller": model}}


async def test_a_paper_is_read_from_upload_to_deletion(server: Standin, tmp_path: Path) -> None:
    async with desk(server.base_url, tmp_path, cap_usd=1.0) as here:
        await here.index.prepare(paper(), PDF)
        row = await here.database.get_remote_index("p_sample")
        outcome = await here.read()
        assert outcome.values() == VALUES
        assert len(outcome.dropped) == 1
        assert (Stage.SEARCH, "completed") in [(s.stage, s.state) for s in outcome.steps]
        [call] = await here.database.list_model_calls("p_sample")
        assert (call.input_tokens, call.searches, call.outcome) == (1200, 1, "completed")
        assert await here.index.exists("p_sample") is True
        await here.index.remove("p_sample")
        assert await here.index.exists("p_sample") is None
    assert row is not None
    assert server.deleted()[-2:] == [f"/vector_stores/{row.vector_store_id}", f"/files/{row.file_id}"]
    [body] = server.requests("/responses", "gpt-4o-mini")
    assert body["tools"][0]["vector_store_ids"] == [row.vector_store_id]
    assert body["text"]["format"]["strict"] is True


@pytest.mark.parametrize("name", FAULTS)
async def test_every_fault_is_mended_with_requests_that_the_description_allows(
    server: Standin, tmp_path: Path, name: str
) -> None:
    async with desk(server.base_url, tmp_path, **using(name)) as here:
        outcome = await here.read()
        await here.index.remove("p_sample")
    assert outcome.values() == VALUES
    assert outcome.notices == []
    assert len(server.requests("/responses", name)) == 2


@pytest.mark.parametrize("name", LASTING)
async def test_a_fault_that_stays_is_typed(server: Standin, tmp_path: Path, name: str) -> None:
    async with desk(server.base_url, tmp_path, **using(name)) as here:
        with pytest.raises(P2NError) as raised:
            await here.read()
    assert raised.value.code is LASTING[name][1]


@pytest.mark.parametrize("model", KINDS)
async def test_each_kind_of_model_gets_a_valid_request(server: Standin, tmp_path: Path, model: str) -> None:
    async with desk(server.base_url, tmp_path, **using(model)) as here:
        assert (await here.read()).values() == VALUES
    [body] = server.requests("/responses", model)
    assert ("temperature" in body) == (model == "gpt-4o")
    assert ("tools" in body) == (model != "o1-mini")


@contextmanager
def without_stores(upstream: str) -> Iterator[str]:
    """The stand-in as a compatible server that has neither files nor vector stores."""

    class Proxy(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            if not self.path.startswith("/v1/responses"):
                self.send_error(404)
                return
            headers = {k: self.headers[k] for k in ("authorization", "content-type")}
            request = urllib.request.Request(upstream + self.path.removeprefix("/v1"), data, headers)
            with urllib.request.urlopen(request, timeout=30) as reply:
                self.send_response(reply.status)
                self.send_header("content-type", reply.headers["content-type"])
                self.end_headers()
                self.wfile.write(reply.read())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


async def test_a_compatible_server_without_stores_reads_the_pages_in_the_prompt(
    server: Standin, tmp_path: Path
) -> None:
    with without_stores(server.base_url) as url:
        async with desk(url, tmp_path, **using("gpt-local")) as here:
            outcome = await here.read()
            assert await here.index.exists("p_sample") is None
    assert outcome.values() == VALUES
    [body] = server.requests("/responses", "gpt-local")
    assert "tools" not in body
    assert "96.30 ± 1.99" in body["input"][0]["content"]


def truth(stem: str) -> list[dict[str, Any]]:
    labels = json.loads((PAPERS_FOLDER / "labels" / f"{stem}.json").read_text())
    return [c | {"pages": labels["n_pages"]} for c in labels["claims"] if not c.get("image_only")]


def told(stem: str) -> list[dict[str, Any]]:
    """Proposals made of a paper's labels: each claim with a wrong page, with a value that is not printed, right, and under
    the name of another method where no label says the same of that."""
    labels = truth(stem)
    stated = {(c["method"], c["dataset"], c["metric"], c["value_printed"]) for c in labels}
    methods = sorted({c["method"] for c in labels})
    proposals = []
    for claim in labels:
        names = ("method", "dataset", "split", "metric", "value_printed", "own_method")
        right = proposal("", "") | {k: claim[k] for k in names}
        right |= {"label": claim["table_or_section"], "page": claim["page"]}
        other = methods[(methods.index(claim["method"]) + 1) % len(methods)]
        proposals += [
            right | {"page": claim["page"] % claim["pages"] + 1},
            right | {"value_printed": claim["value_printed"] + "77"},
            right,
        ]
        if (other, claim["dataset"], claim["metric"], claim["value_printed"]) not in stated:
            proposals.append(right | {"method": other})
    return proposals


@pytest.mark.papers
@pytest.mark.parametrize("stem", PAPERS)
async def test_of_a_real_paper_every_labelled_claim_is_kept_and_no_wrong_one(
    server: Standin, tmp_path: Path, real_papers: Path, stem: str
) -> None:
    pdf = real_papers / "papers" / f"{stem}.pdf"
    async with desk(server.base_url, tmp_path, **using(stem)) as here:
        both = await here.read(CombinedReader(OfflineReader(), here.reader, strict=True), pdf=pdf)
    labels = truth(stem)
    kept = [c for c in both.claims.values() if "openai" in c.readers]
    assert len(kept) == len(labels)
    printed = {(c["page"], c["value_printed"].lstrip("0")) for c in labels}
    assert {(c.citation.page, c.value_printed.lstrip("0")) for c in kept} == printed
    assert not [c for c in kept if c.value_printed.endswith("77")]
    assert len([c for c in kept if c.readers == ["offline", "openai"]]) >= 0.8 * len(labels)
    assert len(both.dropped) >= 1.5 * len(labels)


def test_nothing_of_the_old_ways_is_in_any_request(server: Standin) -> None:
    """After the tests above: the log holds every request of theirs."""
    assert len(server.requests("/responses")) >= 1
    for word in ("text_format", "response_format", "tool_resources"):
        assert word not in server.log_text()
