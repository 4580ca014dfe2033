"""The run itself: prepare, exec, upload. Plain functions; Ray is applied by the dispatcher.

What it writes: every event goes to events.jsonl in the run's folder on this node and to `listener`. The
events.jsonl that is stored as an artifact holds all events before `end`, because `end` names its digest. Each stage
is a span in telemetry.jsonl beside it.
"""

from __future__ import annotations

import contextlib
import logging
import platform
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.events import End, Stage
from p2n_schemas.runs import RunSpec, RunStatus
from p2n_schemas.tracing import child, current

from . import bundle, endings, telemetry
from .artifacts import QUOTA_BYTES, Uploader, metrics_json
from .endings import account_of, failure_of, status_of
from .guest import leavings
from .guest_frames import GuestFrames
from .journal import Journal
from .sandbox.protocol import Sandbox
from .workdir import EVENTS, is_cancelled, make_run_folder

_KILL_GRACE_SECONDS = 10
# A run that failed may still store what it has, even where its time is over.
_LAST_UPLOAD_SECONDS = 10
_CANCELLED_UPLOAD_SECONDS = 1
_CANCEL_POLL_SECONDS = 0.2

_log = logging.getLogger(__name__)

MakeSandbox = Callable[[str, Callable[[], bool]], Sandbox]


def run(
    spec: RunSpec,
    listener: Callable[[bytes], None],
    make_sandbox: MakeSandbox,
    traceparent: str | None = None,
) -> RunStatus:
    """Execute a run to its `end` event, whatever happens; gives its status.

    `make_sandbox(run_id, cancelled)` is called once the run's folder exists; `traceparent` names the span that the run's
    own is a child of. Raises FileExistsError where this node has executed the run before.
    """
    folder = make_run_folder(spec.run_id)
    redactor = telemetry.process_redactor(spec.redact_patterns)
    with telemetry.recording(spec, folder, redactor, traceparent) as span:
        journal = Journal(folder, spec.first_seq, listener, redactor, spec.redact_output)
        error = _to_its_end(spec, journal, make_sandbox)
        status = status_of(error)
        span.set(status=status.value, error_code=error.code.value if error else None)
        if error is not None:
            span.fail(error.message)
        _log.info("the run ended: %s%s", status.value, f", {error.code.value}" if error else "")
    return status


def _to_its_end(spec: RunSpec, journal: Journal, make_sandbox: MakeSandbox) -> ErrorInfo | None:
    begun = time.time()
    deadline = begun + spec.budget_seconds
    frames = GuestFrames(journal)
    cancelled = _CancelWatch(spec.run_id)
    try:
        closing = contextlib.ExitStack()
        error = _work(spec, journal, frames, deadline, make_sandbox, cancelled, closing)
        try:
            closing.close()
        except Exception:
            _log.exception("the sandbox of %s did not close", spec.run_id)
        uploader = Uploader(spec.grants, _upload_stop(spec, deadline, cancelled, error))
        with child("p2n.worker.upload", announce=True) as span:
            upload_error = _upload(journal, frames, uploader)
            error = error or upload_error
            if error is not None:
                journal.emit(error)
            # Taken last, so that it holds all there is; only `end` can come after it.
            try:
                uploader.store_file(journal.events_path())
            except Exception as failure:
                upload_error = upload_error or _upload_failed(failure)
            if any(name.startswith(EVENTS) for name in uploader.over_quota):
                upload_error = upload_error or _over_quota([EVENTS])
            span.set(files=len(uploader.stored), bytes=sum(file.size_bytes for file in uploader.stored))
            if upload_error is not None:
                span.fail(upload_error.message)
        error = error or upload_error
        journal.emit(
            End(
                status=status_of(error),
                error=error,
                artifacts=sorted(uploader.stored, key=lambda artifact: artifact.name),
                node=platform.node(),
                seconds=round(time.time() - begun, 3),
            )
        )
    finally:
        journal.close()
    return error


def _work(
    spec: RunSpec,
    journal: Journal,
    frames: GuestFrames,
    deadline: float,
    make_sandbox: MakeSandbox,
    cancelled: Callable[[], bool],
    closing: contextlib.ExitStack,
) -> ErrorInfo | None:
    """Prepare and execute; gives what failed."""
    stage = Stage.ENVIRONMENT
    try:
        killed = deadline + _KILL_GRACE_SECONDS
        with child("p2n.worker.prepare", announce=True):
            sandbox = closing.enter_context(contextlib.closing(make_sandbox(spec.run_id, cancelled)))
            preparation = bundle.preparation(spec.notebook, spec.seed)
            with _Staged(journal, Stage.ENVIRONMENT) as done:
                claimed = sandbox.claim(preparation, spec.env_hash, spec.image_digest, spec.datasets, killed)
                done.cached = claimed or sandbox.ensure_environment(
                    spec.env_hash, spec.image_digest, spec.requirements_lock, deadline, journal.say
                )
            if spec.datasets:
                stage = Stage.DATASETS
                with _Staged(journal, stage) as done:
                    done.cached = True
                    for mount in () if claimed else spec.datasets:
                        with child("p2n.worker.prepare.dataset", dataset=mount.name) as span:
                            had = sandbox.ensure_dataset(
                                mount, spec.env_hash, spec.image_digest, deadline, journal.say
                            )
                            span.set(cached=had)
                        done.cached = done.cached and had
        stage = Stage.EXECUTION
        with _Staged(journal, stage) as done, _cells(frames):
            outcome = sandbox.execute(
                preparation,
                bundle.job(spec.notebook, deadline - time.time()),
                spec.env_hash,
                spec.image_digest,
                spec.datasets,
                killed,
                frames.feed,
            )
            if outcome.cancelled or cancelled():
                raise endings.cancelled()
            if (failure := failure_of(outcome, frames, spec)) is not None:
                raise failure
            done.message = account_of(outcome, frames)
            done.span.set(from_standby=outcome.from_standby, metrics=len(frames.metrics))
    except P2NError as error:
        # A container that the dispatcher removed under us shows as any kind of failure.
        return endings.cancelled().info if is_cancelled(spec.run_id) else error.info
    except Exception as error:
        # Its words may hold paths of this node: they stay in the worker's log.
        _log.exception("%s failed at the stage %s", spec.run_id, stage.value)
        return ErrorInfo(
            code=ErrorCode.E_SANDBOX_FAILED,
            message=f"The worker failed at the stage {stage.value}: {type(error).__name__}.",
            remediation="Run it again; if it happens again, the worker's log in Ray's temporary folder says more.",
        )
    return None


def _upload(journal: Journal, frames: GuestFrames, uploader: Uploader) -> ErrorInfo | None:
    """Store all but events.jsonl, the most valuable first; gives what failed."""
    begun = time.monotonic()
    journal.stage(Stage.UPLOAD, "started")
    failure: ErrorInfo | None = None
    left_out, skipped = ((frames.done or {}).get(name, []) for name in ("left_out", "skipped"))
    if skipped:
        journal.say("not kept of $P2N_ARTIFACTS:", *skipped)
    missing = frames.over_quota + [f"{leavings.NAME}:{name}" for name in left_out]
    try:
        if frames.metrics:
            uploader.store("metrics.json", metrics_json(frames.metrics))
        for name in sorted(frames.artifacts, key=_worth):
            uploader.store(name, frames.artifacts[name])
        uploader.store_file(journal.logs_path())
    except Exception as error:
        failure = _upload_failed(error)
    missing += uploader.over_quota
    if missing:
        journal.say("over the limits, so not kept:", *missing)
        failure = failure or _over_quota(missing)
    journal.stage(
        Stage.UPLOAD,
        "failed" if failure else "completed",
        message=failure.message if failure else "",
        seconds=round(time.monotonic() - begun, 3),
    )
    return failure


def _worth(name: str) -> tuple[bool, bool, str]:
    """A key that sorts by worth: the notebook, its figures, then what else it left."""
    return name != "executed.ipynb", name == leavings.NAME, name


def _upload_stop(
    spec: RunSpec, deadline: float, cancelled: Callable[[], bool], failed: ErrorInfo | None
) -> Callable[[], None]:
    """What ends an upload: the run's deadline, a cancel, and after a failure whichever leaves some time for it."""
    was_cancelled = cancelled()
    until = deadline
    if failed is not None:
        seconds = _CANCELLED_UPLOAD_SECONDS if was_cancelled else _LAST_UPLOAD_SECONDS
        until = time.time() + seconds if was_cancelled else max(deadline, time.time() + seconds)

    def stop() -> None:
        if cancelled() and not was_cancelled:
            raise endings.cancelled()
        if time.time() > until:
            raise endings.timed_out(spec.budget_seconds, where=", while its artifacts were stored")

    return stop


def _upload_failed(error: Exception) -> ErrorInfo:
    if isinstance(error, P2NError):
        return error.info
    _log.error("an artifact could not be stored", exc_info=error)
    return ErrorInfo(
        code=ErrorCode.E_UPLOAD_FAILED,
        message=f"An artifact could not be made or stored: {type(error).__name__}.",
        remediation="Run it again; if it happens again, the worker's log in Ray's temporary folder says more.",
    )


def _over_quota(names: list[str]) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.E_ARTIFACT_QUOTA,
        message=f"Over the limits of what a run may leave, so not kept: {', '.join(names)}."[:1000],
        remediation="Print less, show fewer and smaller figures, and leave fewer and smaller files: "
        f"{leavings.MAX_FILES} files and {leavings.MAX_TOTAL_BYTES // 10**6} MB of them, "
        f"{QUOTA_BYTES // 10**6} MB in all.",
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


@contextlib.contextmanager
def _cells(frames: GuestFrames) -> Iterator[None]:
    """Each cell is a span below the present one."""
    above = current()
    frames.cells = telemetry.CellSpans(above) if above is not None else None
    try:
        yield
    finally:
        if frames.cells is not None:
            frames.cells.close()


_SPANS = {
    Stage.ENVIRONMENT: "p2n.worker.prepare.environment",
    Stage.DATASETS: "p2n.worker.prepare.datasets",
    Stage.EXECUTION: "p2n.worker.exec",
}


class _Staged:
    """Tells of a stage's start and end, with its time; it is a span too."""

    def __init__(self, journal: Journal, stage: Stage) -> None:
        self._journal = journal
        self._stage = stage
        self._spanned = child(_SPANS[stage], announce=True)
        self.cached: bool | None = None
        self.message = ""

    def __enter__(self) -> _Staged:
        self._begun = time.monotonic()
        self.span = self._spanned.__enter__()
        self._journal.stage(self._stage, "started")
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.span.set(cached=self.cached, account=self.message or None)
        if error is not None:
            self.span.fail(error)
        # What failed is told above, and goes on its way by itself.
        self._spanned.__exit__(None, None, None)
        seconds = round(time.monotonic() - self._begun, 3)
        state: Literal["completed", "failed"] = "completed" if error is None else "failed"
        self._journal.stage(
            self._stage,
            state,
            message=_words(error) or self.message,
            seconds=seconds,
            cached=self.cached,
        )
        _log.info("stage %s %s after %.3f s", self._stage.value, state, seconds)


def _words(error: BaseException | None) -> str:
    if error is None:
        return ""
    return str(error)[:500] if isinstance(error, P2NError) else type(error).__name__
