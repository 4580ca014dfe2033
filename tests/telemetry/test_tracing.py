"""Spans as they are written, their context, and what becomes of those whose process died."""

from __future__ import annotations

import asyncio

import pytest

from p2n_ext.telemetry.stores import traced
from p2n_ext.telemetry.trees import run_trace
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.redaction import Redactor
from p2n_schemas.tracing import (
    Record,
    TraceContext,
    Tracer,
    begin_child,
    child,
    closed_as_lost,
    current,
    folded,
    new_span_id,
    new_trace_id,
)
from tests.telemetry.parts import Told


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def tracer(told: Told) -> Tracer:
    return Tracer("server", told, Redactor())


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00",
        "00-" + "0" * 32 + "-" + "1" * 16 + "-01",
        "00-" + "1" * 32 + "-" + "0" * 16 + "-01",
        "ff-" + "1" * 32 + "-" + "1" * 16 + "-01",
        "00-" + "G" * 32 + "-" + "1" * 16 + "-01",
        "00-" + "1" * 32 + "-" + "1" * 16 + "-01-more",
    ],
)
def test_what_is_no_traceparent_is_none(text: str | None) -> None:
    assert TraceContext.parse(text) is None


def test_a_traceparent_is_read_as_it_was_written() -> None:
    context = TraceContext(new_trace_id(), new_span_id(), sampled=False)
    assert TraceContext.parse(context.traceparent) == context
    later = f"cc-{context.trace_id}-{context.span_id}-01-what-may-come"
    assert TraceContext.parse(later) == TraceContext(context.trace_id, context.span_id)


def test_children_carry_what_is_shared(tracer: Tracer, told: Told) -> None:
    with tracer.span("a", shared={"run_id": "r_1", "plan_id": None}, own=1) as above:
        with child("b", x=2) as below:
            assert current() is below
        assert current() is above
    assert told.attributes("b") == {"run_id": "r_1", "x": 2}
    assert told.attributes("a") == {"run_id": "r_1", "own": 1}
    spans = told.spans()
    assert spans["b"]["parent_id"] == spans["a"]["span_id"]
    assert spans["b"]["trace_id"] == spans["a"]["trace_id"]


def test_without_a_span_nothing_is_traced() -> None:
    assert current() is None
    assert begin_child("x") is None
    with child("x") as span:
        span.set(a=1)
        assert current() is None


def test_exceptions_are_recorded_and_go_on(tracer: Tracer, told: Told) -> None:
    with pytest.raises(KeyError), tracer.span("unforeseen"):
        raise KeyError("at /home/alice/x")
    with pytest.raises(P2NError), tracer.span("refused"):
        raise P2NError(ErrorCode.E_NOT_FOUND, "There is no run.", "Look.")
    unforeseen, refused = told.spans()["unforeseen"], told.spans()["refused"]
    assert unforeseen["status"] == refused["status"] == "error"
    event = unforeseen["events"][0]["attributes"]
    assert "KeyError" in event["exception.stacktrace"]
    assert "alice" not in str(unforeseen)
    assert refused["attributes"]["error_code"] == "E_NOT_FOUND"
    assert "exception.stacktrace" not in refused["events"][0]["attributes"]
    # A client gets neither the stack nor the words of what was not foreseen.
    shown = run_trace("r_1", None, told.records, ended=True).model_dump_json()
    assert "Traceback" not in shown
    assert "at ~/x" not in shown
    assert "KeyError" in shown
    assert "There is no run." in shown


def test_a_second_end_is_none(tracer: Tracer, told: Told) -> None:
    span = tracer.begin("a")
    span.end()
    span.end()
    assert len(told.records) == 1


def test_what_was_begun_and_not_ended_is_lost(tracer: Tracer, told: Told) -> None:
    worker = tracer.begin("p2n.worker")
    worker.announce()
    done = worker.child("p2n.worker.prepare")
    done.announce()
    done.end()
    worker.child("p2n.worker.exec").announce()
    assert [record["status"] for record in folded(told.records)] == ["open", "unset", "open"]
    lost = closed_as_lost(told.records)
    assert {record["name"] for record in lost} == {"p2n.worker", "p2n.worker.exec"}
    assert all(record["end"] >= record["start"] for record in lost)
    trace = run_trace("r_1", None, told.records + lost, ended=True)
    assert trace.complete
    assert [(span.name, span.depth, span.status) for span in trace.spans] == [
        ("p2n.worker", 0, "lost"),
        ("p2n.worker.prepare", 1, "ok"),
        ("p2n.worker.exec", 1, "lost"),
    ]
    # An end that was said counts, whenever it arrives.
    assert [record["status"] for record in folded(lost + told.records)][1] == "unset"


def test_a_tree_holds_orphans_and_no_circle() -> None:
    def record(name: str, span_id: str, parent_id: str | None, start: int) -> Record:
        tracer = Tracer("x", lambda told: None, Redactor())
        context = TraceContext("1" * 32, span_id)
        span = tracer.begin(name, context=context, start=start)
        span.parent_id = parent_id
        span.end(start + 5)
        return tracer.record_of(span)

    records = [
        record("root", "a" * 16, None, 10),
        record("late", "b" * 16, "a" * 16, 30),
        record("early", "c" * 16, "a" * 16, 20),
        record("below", "d" * 16, "c" * 16, 21),
        record("orphan", "e" * 16, "f" * 16, 5),
        record("own parent", "9" * 16, "9" * 16, 40),
        record("circle one", "7" * 16, "8" * 16, 50),
        record("circle two", "8" * 16, "7" * 16, 51),
    ]
    spans = run_trace("r_1", None, records, ended=True).spans
    assert [(span.name, span.depth) for span in spans] == [
        ("orphan", 0),
        ("root", 0),
        ("early", 1),
        ("below", 2),
        ("late", 1),
        ("own parent", 0),
    ]


class Store:
    name = "a store"

    async def get(self, key: str) -> str:
        if key == "none":
            raise P2NError(ErrorCode.E_NOT_FOUND, "none", "none")
        return key

    async def sign(self, key: str, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return key

    def plain(self) -> int:
        return 1


async def test_a_stores_calls_are_spans_where_something_is_traced(tracer: Tracer, told: Told) -> None:
    store = traced(Store())
    assert await store.get("a") == "a"
    assert (store.plain(), store.name) == (1, "a store")
    assert told.records == []
    with tracer.span("p2n.api.x", shared={"run_id": "r_1"}):
        assert await store.get("a") == "a"
        with pytest.raises(P2NError):
            await store.get("none")
        await store.sign("quick", 0)
        await store.sign("slow", 0.02)
    names = [record["name"] for record in told.records]
    assert names == ["p2n.store.get", "p2n.store.get", "p2n.store.sign", "p2n.api.x"]
    assert told.records[0]["attributes"] == {"run_id": "r_1", "key": "a"}
    assert told.records[1]["status"] == "error"
