"""The three sample plans, each of another kind, run for real: lock, environment, data, container, metrics, verdicts."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from p2n_ext.catalog.notebooks import CatalogNotebookBuilder
from p2n_ext.judging import IntervalJudge
from p2n_schemas.claims import Claim
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Plan, PlanBody
from p2n_schemas.runs import Run, RunSpec, RunStatus, UploadGrant
from ray_runner.sandbox.lock import DockerResolver
from tests.offline_reading import claims_of

PLANS = Path(__file__).parents[2] / "examples" / "plans"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def samples() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_examples", PLANS / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


SAMPLES = samples().SAMPLES


async def read(sample: Any, body: PlanBody) -> tuple[Paper, list[Claim]]:
    """The sample's paper, and the claims that its plan is about."""
    data = sample.paper.read_bytes()
    paper = samples().paper_of(sample, data, "A sample paper", 2)
    planned = {metric.claim_id for experiment in body.experiments for metric in experiment.metrics}
    return paper, [claim for claim in await claims_of(sample.paper, paper.id) if claim.id in planned]


def shortened(body: PlanBody) -> PlanBody:
    """Two repeats, so that the test is short; the settings stay the paper's."""
    experiments = [
        entry.model_copy(update={"config": entry.config.model_copy(update={"repeats": 2})})
        for entry in body.experiments
    ]
    return body.model_copy(update={"experiments": experiments})


@pytest.mark.docker
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.plan.stem)
def test_a_sample_plan_runs_under_its_budget(
    sample: Any, tmp_path: Path, run_here: Callable[..., Any]
) -> None:
    body = shortened(PlanBody.model_validate_json(sample.plan.read_bytes(), strict=True))
    paper, claims = asyncio.run(read(sample, body))
    build = CatalogNotebookBuilder().build(body, claims, paper)
    resolved = asyncio.run(DockerResolver().resolve(build.requirements))
    spec = RunSpec(
        run_id=f"test-{uuid.uuid4().hex[:12]}",
        env_hash=resolved.env_hash,
        image_digest=resolved.image_digest,
        python_version=resolved.python_version,
        requirements_lock=resolved.requirements_lock,
        notebook=build.notebook,
        datasets=list(build.datasets),
        budget_seconds=body.policy.budget_minutes * 60,
        seed=body.config.seed,
        first_seq=1,
        grants=[UploadGrant(name="metrics.json", url=(tmp_path / "metrics.json").as_uri())],
    )
    finished = run_here(spec)
    assert finished.status is RunStatus.SUCCEEDED, finished.end["error"]
    metrics = json.loads((tmp_path / "metrics.json").read_bytes())

    plan = Plan(id="pl", paper_id=paper.id, planner="person", body=body, created_at=NOW)
    run = Run(
        id="r", env_hash=spec.env_hash, image_digest=spec.image_digest, status=finished.status, created_at=NOW
    )
    verdicts = [IntervalJudge().judge(claim, plan, [(run, metrics)]) for claim in claims]
    assert len(verdicts) == sum(len(experiment.metrics) for experiment in body.experiments)
    # two repeats are too few for a verdict, and enough to see that it is the paper's experiment
    for verdict in verdicts:
        assert verdict.observed is not None
        assert verdict.observed.n == 2
        # a tenth of the value, or two points of a percentage: an error rate of 5 % moves by more from split to split
        allowed = max(0.1 * verdict.claim.value, 2.0 if verdict.claim.units == "%" else 0.0)
        assert verdict.gap is not None, verdict.rule
        assert abs(verdict.gap) <= allowed, verdict.rule

    curves = [entry for entry in metrics["metrics"] if "step" in entry]
    networks = [entry for entry in body.experiments if entry.model.name == "torch_mlp"]
    assert len(curves) == sum(entry.config.epochs or 0 for entry in networks)
    for network in networks:
        losses = [entry["value"] for entry in curves if entry["experiment"] == network.id]
        assert losses[-1] < losses[0]


def test_the_sample_plans_are_of_three_kinds() -> None:
    bodies = [PlanBody.model_validate_json(sample.plan.read_bytes(), strict=True) for sample in SAMPLES]
    kinds = [
        (body.config.framework, body.config.protocol.kind, body.experiments[0].metrics[0].name)
        for body in bodies
    ]
    assert kinds == [
        ("scikit-learn", "holdout", "accuracy"),
        ("scikit-learn", "kfold", "rmse"),
        ("PyTorch", "kfold", "accuracy"),
    ]
    assert all(body.license_compliant for body in bodies)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.plan.stem)
def test_a_sample_plan_is_what_the_planner_writes(sample: Any) -> None:
    committed = PlanBody.model_validate_json(sample.plan.read_bytes(), strict=True)
    written = asyncio.run(samples().write_plan(sample))
    assert written == committed, "renew it with: python examples/plans/write.py"
    _, claims = asyncio.run(read(sample, committed))
    assert CatalogNotebookBuilder().check(committed, claims) == []
