"""Why a run ended as it did: from what the container, its driver and its frames say to one error with its remedy."""

from __future__ import annotations

from typing import Any

from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.runs import RunSpec, RunStatus

from .guest.lines import MAX_TOTAL_BYTES, MAX_TOTAL_LINES
from .guest_frames import MAX_METRICS, GuestFrames
from .sandbox.protocol import Limits, Outcome

_MIB = 1024 * 1024
_LIMITS = Limits()
_MEMORY_ERRORS = ("MemoryError", "_ArrayMemoryError")
_NO_ROOM = ("[Errno 28]", "No space left on device", "disk is full")
_NO_PROCESS = ("[Errno 11]", "Resource temporarily unavailable", "can't start new thread")
_KILLED = 137


def status_of(error: ErrorInfo | None) -> RunStatus:
    if error is None:
        return RunStatus.SUCCEEDED
    return _STATUS.get(error.code, RunStatus.FAILED)


_STATUS = {
    ErrorCode.E_RUN_TIMEOUT: RunStatus.TIMEOUT,
    ErrorCode.E_RUN_CANCELLED: RunStatus.CANCELLED,
}


def cancelled() -> P2NError:
    return P2NError(ErrorCode.E_RUN_CANCELLED, "The run was cancelled.", "Run it again when you like.")


def timed_out(budget_seconds: float, cell: int | None = None, where: str = "") -> P2NError:
    return P2NError(
        ErrorCode.E_RUN_TIMEOUT,
        f"The run was ended at its deadline of {budget_seconds:g} s{where}.",
        "Raise the plan's budget, or choose fewer claims or repeats.",
        {"cell": cell},
    )


def _named(cell: int | None, count: int | None) -> str:
    """A cell as people count, who begin with 1."""
    if cell is None:
        return "a cell"
    return f"cell {cell + 1} of {count}" if count and cell < count else f"cell {cell + 1}"


def failure_of(outcome: Outcome, frames: GuestFrames, spec: RunSpec) -> P2NError | None:
    """What keeps a notebook's execution from being a success; the nearest cause first."""
    done = frames.done
    cell = frames.cell if done is None or done["cell"] is None else done["cell"]
    name = _named(cell, frames.cell_count)
    if outcome.timed_out or (done is not None and done["status"] == "timeout"):
        return timed_out(spec.budget_seconds, cell)
    if done is None:
        return _silent(outcome, cell, name)
    if done["status"] == "lost":
        return P2NError(
            ErrorCode.E_RUN_OUTPUT_LOST,
            f"{name.capitalize()} showed an output larger than the sandbox carries.",
            "Show less in that cell: large outputs belong into files or summaries.",
            {"cell": cell},
        )
    if done["status"] == "failed":
        return _failed_cell(outcome, done, cell, name)
    if frames.output_cut:
        return P2NError(
            ErrorCode.E_RUN_OUTPUT_LOST,
            f"The notebook said more than a run keeps ({MAX_TOTAL_LINES} lines, {MAX_TOTAL_BYTES // _MIB} MiB of text, "
            f"{MAX_METRICS} metrics), so its output was cut.",
            "Print less, or write what is long to a file in $P2N_ARTIFACTS.",
            {"lines": MAX_TOTAL_LINES, "bytes": MAX_TOTAL_BYTES, "metrics": MAX_METRICS},
        )
    if spec.requires_metrics and not frames.metrics:
        return P2NError(
            ErrorCode.E_RUN_NO_METRICS,
            "The notebook ran to its end and reported no metric.",
            "Report each number with a display of application/vnd.p2n.metric+json, then run it again.",
        )
    return None


def account_of(outcome: Outcome, frames: GuestFrames) -> str:
    """What a success took, in words: its memory where that is known, and a container in standby."""
    used = frames.done["usage"] if frames.done else {}
    told = []
    if "memory_peak" in used:
        limit = f" of {used['memory_limit'] // _MIB}" if "memory_limit" in used else ""
        told.append(f"peak memory {used['memory_peak'] // _MIB}{limit} MiB")
    if outcome.from_standby:
        told.append("from a standby container")
    return "; ".join(told)


def _silent(outcome: Outcome, cell: int | None, name: str) -> P2NError:
    """The container ended before its driver had spoken its last word."""
    if outcome.out_of_memory:
        return _out_of_memory(outcome, {}, cell, name)
    if outcome.removed or outcome.exit_status == _KILLED:
        return P2NError(
            ErrorCode.E_SANDBOX_FAILED,
            "The sandbox's container was removed or killed from outside while it ran.",
            "Run it again, and leave containers with the label p2n.run_id to P2N: it removes them itself.",
            {"cell": cell, "exit_status": outcome.exit_status},
        )
    return P2NError(
        ErrorCode.E_RUN_OUTPUT_LOST,
        f"The sandbox ended with status {outcome.exit_status} before it had told everything.",
        "Run it again; if it happens again, report it with the run's events.jsonl.",
        {"cell": cell, "exit_status": outcome.exit_status, "diagnostics": outcome.diagnostics[-1500:]},
    )


def _failed_cell(outcome: Outcome, done: dict[str, Any], cell: int | None, name: str) -> P2NError:
    ename, evalue, used = done["ename"], done["evalue"], done["usage"]
    told = {"cell": cell, "ename": ename, "evalue": evalue}
    full = {name.removeprefix("full:"): size for name, size in used.items() if name.startswith("full:")}
    # A limit that was met comes before the exception that the cell made of it.
    if used.get("oom_kills") or outcome.out_of_memory or ename in _MEMORY_ERRORS:
        return _out_of_memory(outcome, used, cell, name)
    if used.get("process_refusals") and (ename == "DeadKernel" or _says(evalue, _NO_PROCESS)):
        limit = used.get("process_limit")
        return P2NError(
            ErrorCode.E_RUN_PROCESS_LIMIT,
            f"{name.capitalize()} wanted more processes and threads than the sandbox gives ({limit}).",
            "Use fewer workers (n_jobs, num_workers, processes); the sandbox has two cores.",
            told | {"limit": limit},
        )
    if full or _says(evalue, _NO_ROOM):
        sizes = ", ".join(f"{place} {size // _MIB} MiB" for place, size in full.items())
        return P2NError(
            ErrorCode.E_RUN_DISK_FULL,
            f"{name.capitalize()} failed for want of scratch space" + (f"; full: {sizes}." if sizes else "."),
            f"Write less, or delete what is no longer needed: /tmp and /work hold {_LIMITS.scratch // _MIB} MiB each, "
            f"/dev/shm {_LIMITS.shared_memory // _MIB} MiB, and all of it counts as memory.",
            told | {"full": full},
        )
    if ename == "DeadKernel":
        return P2NError(
            ErrorCode.E_RUN_KERNEL_DIED,
            f"The kernel died in {name}: {evalue}."[:500],
            "Look for a crash in native code or a call that ends the process; its last lines are in the log.",
            told,
        )
    return P2NError(
        ErrorCode.E_NOTEBOOK_FAILED,
        f"{name.capitalize()} failed: {ename}: {evalue}"[:500],
        "The lines of that cell hold the traceback; correct the notebook and run it again.",
        told,
    )


def _out_of_memory(outcome: Outcome, used: dict[str, int], cell: int | None, name: str) -> P2NError:
    limit = used.get("memory_limit") or outcome.memory_limit
    # The engine kills at the limit only, so where nobody was left to read the peak it was just that.
    peak = used.get("memory_peak") or limit
    of_limit = f" of {limit // _MIB} MiB" if limit else ""
    where = f" in {name}" if cell is not None else ""
    return P2NError(
        ErrorCode.E_RUN_OOM,
        f"The notebook needed more memory than the sandbox's limit{of_limit}{where}.",
        "Use a subset of the data, smaller batches or a smaller model; files in /tmp and /work count as memory.",
        {"limit_bytes": limit, "peak_bytes": peak, "cell": cell},
    )


def _says(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)
