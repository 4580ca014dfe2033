"""How a run ends where its worker can't say so, and which of a worker's ends are believed."""

from __future__ import annotations

from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, ErrorInfo
from p2n_schemas.events import End, EndEvent, ErrorEvent
from p2n_schemas.runs import RunStatus

from ..protocols import ObjectStore
from . import keys


def closing_events(last_seq: int, status: RunStatus, error: ErrorInfo) -> list[bytes]:
    """The last two events of a run, encoded, behind `last_seq`."""
    now = utc_now()
    closing = [
        ErrorEvent(seq=last_seq + 1, ts=now, payload=error),
        EndEvent(seq=last_seq + 2, ts=now, payload=End(status=status, error=error)),
    ]
    return [event.model_dump_json().encode() for event in closing]


async def checked(run_id: str, end: End, objects: ObjectStore) -> End:
    """A success whose artifacts did not reach our store is none."""
    keys_of = {entry.name: keys.run_artifact(run_id, entry.name) for entry in end.artifacts}
    missing_names = [name for name, key in keys_of.items() if not await objects.exists(key)]
    if end.status is not RunStatus.SUCCEEDED or not missing_names:
        return end
    error = ErrorInfo(
        code=ErrorCode.E_UPLOAD_FAILED,
        message=f"The worker stored {', '.join(missing_names)} where this server can't see it.",
        remediation="Runs on another machine need an object store that both reach.",
    )
    return end.model_copy(update={"status": RunStatus.FAILED, "error": error, "artifacts": []})


def lost() -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.E_RUN_LOST,
        message="The worker of this run is gone and left no end.",
        remediation="Rerun it. If it happens again, look at the Ray dashboard for what ended the task.",
    )


def cancelled() -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.E_RUN_CANCELLED,
        message="The run was cancelled.",
        remediation="Rerun it to run it again.",
    )
