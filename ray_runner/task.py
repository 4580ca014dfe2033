"""The run itself: prepare, exec, upload. Plain functions; Ray is applied by the dispatcher.

What it writes: every event goes to events.jsonl in the run's folder on this node and to `listener`. The
events.jsonl that is stored as an artifact holds all events before `end`, because `end` names its digest.
"""

from __future__ import annotations

import contextlib
import json
import logging
import platform
import threading
import time
from collections.abc import Callable
from importlib import resources

from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.events import End, Stage
from p2n_schemas.runs import RunSpec, RunStatus

from .artifacts import Uploader, metrics_json
from .guest_frames import GuestFrames
from .journal import Journal
from .sandbox.protocol import Outcome, Sandbox
from .workdir import is_cancelled, make_run_folder

# BLAS and OpenMP add in an order that depends on how many threads there are; one thread has one order.
GUEST_THREADS = 1
_KILL_GRACE_SECONDS = 10
_CANCEL_POLL_SECONDS = 0.2

_log = logging.getLogger(__name__)

MakeSandbox = Callable[[str, Callable[[], bool]], Sandbox]


def run(spec: RunSpec, listener: Callable[[bytes], None], make_sandbox: MakeSandbox) -> RunStatus:
    """Execute a run to its `end` event, whatever happens; gives its status.

    `make_sandbox(run_id, cancelled)` is called once the run's folder exists. Raises FileExistsError where this
    node has executed the run before.
    """
    begun = time.time()
    deadline = begun + spec.budget_seconds
    journal = Journal(make_run_folder(spec.run_id), spec.first_seq, listener)
    frames = GuestFrames(journal)
    try:
        closing = contextlib.ExitStack()
        status, error = _work(spec, journal, frames, deadline, make_sandbox, closing)
        try:
            closing.close()
        except Exception:
            _log.exception("the sandbox of %s did not close", spec.run_id)
        uploader = Uploader(spec.grants)
        upload_error = _upload(journal, frames, uploader)
        if upload_error is not None and status is RunStatus.SUCCEEDED:
            status, error = RunStatus.FAILED, upload_error
        if error is not None:
            journal.emit(error)
        # Taken last, so that it holds all there is; only `end` can come after it.
        try:
            uploader.store("events.jsonl", journal.events())
        except Exception as failure:
            if status is RunStatus.SUCCEEDED:
                status, error = RunStatus.FAILED, _upload_failed(failure)
        if "events.jsonl" in uploader.over_quota and status is RunStatus.SUCCEEDED:
            status, error = RunStatus.FAILED, _over_quota(["events.jsonl"])
        journal.emit(
            End(
                status=status,
                error=error,
                artifacts=sorted(uploader.stored, key=lambda artifact: artifact.name),
                node=platform.node(),
                seconds=round(time.time() - begun, 3),
            )
        )
    finally:
        journal.close()
    return status


def _work(
    spec: RunSpec,
    journal: Journal,
    frames: GuestFrames,
    deadline: float,
    make_sandbox: MakeSandbox,
    closing: contextlib.ExitStack,
) -> tuple[RunStatus, ErrorInfo | None]:
    stage = Stage.ENVIRONMENT
    try:
        cancelled = _CancelWatch(spec.run_id)
        sandbox = closing.enter_context(contextlib.closing(make_sandbox(spec.run_id, cancelled)))
        with _Staged(journal, Stage.ENVIRONMENT) as done:
            done.cached = sandbox.ensure_environment(
                spec.env_hash, spec.image_digest, spec.requirements_lock, deadline, journal.say
            )
        if spec.datasets:
            stage = Stage.DATASETS
            with _Staged(journal, stage) as done:
                done.cached = True
                for mount in spec.datasets:
                    had = sandbox.ensure_dataset(
                        mount, spec.env_hash, spec.image_digest, deadline, journal.say
                    )
                    done.cached = done.cached and had
        stage = Stage.EXECUTION
        with _Staged(journal, stage):
            outcome = sandbox.execute(
                guest_bundle(spec, deadline - time.time()),
                spec.env_hash,
                spec.image_digest,
                spec.datasets,
                deadline + _KILL_GRACE_SECONDS,
                frames.feed,
            )
            _raise_for(outcome, frames, spec, cancelled)
    except P2NError as error:
        info = error.info
        # A container that the dispatcher removed under us shows as any kind of failure.
        if is_cancelled(spec.run_id):
            info = _cancelled()
        return _STATUS.get(info.code, RunStatus.FAILED), info
    except Exception as error:
        # Its words may hold paths of this node: they stay in the worker's log.
        _log.exception("%s failed at the stage %s", spec.run_id, stage.value)
        return RunStatus.FAILED, ErrorInfo(
            code=ErrorCode.E_SANDBOX_FAILED,
            message=f"The worker failed at the stage {stage.value}: {type(error).__name__}.",
            remediation="Run it again; if it happens again, the worker's log in Ray's temporary folder says more.",
        )
    return RunStatus.SUCCEEDED, None


_STATUS = {
    ErrorCode.E_RUN_TIMEOUT: RunStatus.TIMEOUT,
    ErrorCode.E_RUN_CANCELLED: RunStatus.CANCELLED,
}


def guest_bundle(spec: RunSpec, seconds: float) -> bytes:
    """What the exec container reads from its stdin (see guest/bootstrap.py)."""
    folder = resources.files("ray_runner.guest")
    names = ("driver", "frames", "kernel", "lines", "outputs", "process")
    bundle = {
        "files": {name: folder.joinpath(f"{name}.py").read_text(encoding="utf-8") for name in names},
        "notebook": spec.notebook,
        "settings": {
            "work": "/work",
            "data": "/data",
            "seed": spec.seed,
            "threads": GUEST_THREADS,
            "seconds": max(seconds, 0.1),
            "contained": True,
        },
    }
    data = json.dumps(bundle).encode()
    return b"%d\n" % len(data) + data


def _raise_for(outcome: Outcome, frames: GuestFrames, spec: RunSpec, cancelled: Callable[[], bool]) -> None:
    done = frames.done or {}
    if outcome.cancelled or cancelled():
        raise P2NError.of(_cancelled())
    if outcome.timed_out or done.get("status") == "timeout":
        raise P2NError(
            ErrorCode.E_RUN_TIMEOUT,
            f"The run was ended at its deadline of {spec.budget_seconds:g} s.",
            "Raise the plan's budget, or choose fewer claims or repeats.",
        )
    if outcome.out_of_memory:
        raise P2NError(
            ErrorCode.E_OUT_OF_MEMORY,
            "The notebook needed more memory than the sandbox gives (4 GiB).",
            "Use a subset of the data or a smaller model.",
            {"cell": done.get("cell")},
        )
    if frames.done is None:
        raise P2NError(
            ErrorCode.E_RUN_OUTPUT_LOST,
            f"The sandbox ended with status {outcome.exit_status} before it had told everything.",
            "Run it again; if it happens again, report it with the run's events.jsonl.",
            {"exit_status": outcome.exit_status, "diagnostics": outcome.diagnostics[-1500:]},
        )
    if done["status"] == "lost":
        raise P2NError(
            ErrorCode.E_RUN_OUTPUT_LOST,
            f"Cell {done['cell']} showed an output larger than the sandbox carries.",
            "Show less in that cell: large outputs belong into files or summaries.",
            {"cell": done["cell"]},
        )
    if done["status"] == "failed":
        raise P2NError(
            ErrorCode.E_NOTEBOOK_FAILED,
            f"Cell {done['cell']} failed: {done['ename']}: {done['evalue']}"[:500],
            "The lines of that cell hold the traceback; correct the notebook and run it again.",
            {"cell": done["cell"], "ename": done["ename"], "evalue": done["evalue"]},
        )
    if spec.requires_metrics and not frames.metrics:
        raise P2NError(
            ErrorCode.E_RUN_NO_METRICS,
            "The notebook ran to its end and reported no metric.",
            "Report each number with a display of application/vnd.p2n.metric+json, then run it again.",
        )


def _upload(journal: Journal, frames: GuestFrames, uploader: Uploader) -> ErrorInfo | None:
    """Store all but events.jsonl, the most valuable first; gives what failed."""
    begun = time.monotonic()
    journal.stage(Stage.UPLOAD, "started")
    failure: ErrorInfo | None = None
    try:
        if frames.metrics:
            uploader.store("metrics.json", metrics_json(frames.metrics))
        for name, data in sorted(frames.artifacts.items()):
            uploader.store(name, data)
        uploader.store("logs.txt", journal.logs())
    except Exception as error:
        failure = _upload_failed(error)
    missing = frames.over_quota + uploader.over_quota
    if missing and failure is None:
        failure = _over_quota(missing)
    journal.stage(
        Stage.UPLOAD,
        "failed" if failure else "completed",
        message=failure.message if failure else "",
        seconds=round(time.monotonic() - begun, 3),
    )
    return failure


def _upload_failed(error: Exception) -> ErrorInfo:
    if isinstance(error, P2NError):
        return error.info
    _log.error("an artifact could not be stored", exc_info=error)
    return ErrorInfo(
        code=ErrorCode.E_UPLOAD_FAILED,
        message=f"An artifact could not be made or stored: {type(error).__name__}.",
        remediation="Run it again; if it happens again, the worker's log in Ray's temporary folder says more.",
    )


def _cancelled() -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.E_RUN_CANCELLED,
        message="The run was cancelled.",
        remediation="Run it again when you like.",
    )


def _over_quota(names: list[str]) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.E_ARTIFACT_QUOTA,
        message=f"Over the quota of 25 MB, so not kept: {', '.join(names)}.",
        remediation="Print less, or show fewer and smaller figures.",
        detail={"artifacts": names},
    )


class _CancelWatch:
    """Whether the run was cancelled, looked up on disk a few times a second at most."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._lock = threading.Lock()
        self._looked = 0.0
        self._answer = False

    def __call__(self) -> bool:
        with self._lock:
            if not self._answer and time.monotonic() - self._looked > _CANCEL_POLL_SECONDS:
                self._answer = is_cancelled(self._run_id)
                self._looked = time.monotonic()
            return self._answer


class _Staged:
    """Tells of a stage's start and end, with its time."""

    def __init__(self, journal: Journal, stage: Stage) -> None:
        self._journal = journal
        self._stage = stage
        self.cached: bool | None = None

    def __enter__(self) -> _Staged:
        self._begun = time.monotonic()
        self._journal.stage(self._stage, "started")
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._journal.stage(
            self._stage,
            "completed" if error is None else "failed",
            message=_words(error),
            seconds=round(time.monotonic() - self._begun, 3),
            cached=self.cached,
        )


def _words(error: BaseException | None) -> str:
    if error is None:
        return ""
    return str(error)[:500] if isinstance(error, P2NError) else type(error).__name__
