"""The server's part of a run's trace, and what a restart leaves of it; the backend is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2n_ext.telemetry.trees import run_trace
from p2n_schemas.redaction import Redactor
from p2n_schemas.tracing import TraceContext, Tracer
from tests.services.test_runs import ScriptedExecutor, World, fill
from tests.stores.made_rows import PLAN
from tests.telemetry.parts import Told


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, ScriptedExecutor())
    asyncio.run(fill(made))
    yield made
    asyncio.run(made.database.close())


async def test_the_worker_is_told_the_span_that_hands_it_over(world: World) -> None:
    requests = Told()
    with Tracer("server", requests, Redactor()).span("p2n.api.post_plans_id_run") as request:
        first = await world.runs.start(PLAN.id)
        second = await world.runs.start(PLAN.id)
    run = await world.settled(first.id)
    await world.settled(second.id)
    assert run.trace_id == request.context.trace_id
    # One trace a run: a request that begins several gives its own to the first.
    assert second.trace_id != first.trace_id
    spec = next(spec for spec in world.executor.submitted if spec.run_id == first.id)
    telemetry = world.runs._telemetry
    trace = run_trace(first.id, run.trace_id, await telemetry._files.read(first.id), ended=True)
    spans = {span.name: span for span in trace.spans}
    handed = TraceContext.parse(spec.traceparent)
    assert handed is not None
    assert (handed.trace_id, handed.span_id) == (run.trace_id, spans["p2n.run.submit"].span_id)
    assert spans["p2n.run"].parent_id == request.context.span_id
    assert spans["p2n.run"].attributes["status"] == run.status.value
    assert spans["p2n.run.keep"].parent_id == spans["p2n.run"].span_id
    assert trace.complete
