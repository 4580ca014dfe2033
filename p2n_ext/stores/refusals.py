"""What every database refuses, in the same words whichever it is."""

from __future__ import annotations

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunStatus

LIVE = tuple(status for status in RunStatus if not status.is_terminal())
_RETRY_SECONDS = 30


def queue_full(live: int, queue_bound: int) -> P2NError:
    return P2NError(
        ErrorCode.E_QUEUE_FULL,
        f"{live} runs are queued or running; {queue_bound} may be.",
        "Wait until a run has ended, or raise P2NApp.queue_bound.",
        {"retry_after_seconds": _RETRY_SECONDS},
    )


def over_cap(call_usd: float, spent_usd: float, cap_usd: float) -> P2NError:
    return P2NError(
        ErrorCode.E_POLICY_CAP_EXCEEDED,
        f"The next call may cost {call_usd:.4f} USD; of the paper's cap of {cap_usd:.2f} USD"
        f" {spent_usd:.4f} USD are spent.",
        "Raise P2NApp.spending_cap_usd, or read the paper with the offline reader.",
        {"spent_usd": spent_usd, "cap_usd": cap_usd, "call_usd": call_usd},
    )


def name_taken(name: str, dataset_id: str) -> P2NError:
    return P2NError(
        ErrorCode.E_CONFLICT,
        f"Another dataset is called {name!r}.",
        "Give this one another name, or delete the other one.",
        {"dataset_id": dataset_id},
    )


def parent_gone() -> P2NError:
    """A row that would hang on one that is not there."""
    return P2NError(
        ErrorCode.E_CONFLICT,
        "What this belongs to was deleted meanwhile.",
        "List the papers and plans again.",
    )


def no_object(key: str) -> P2NError:
    return P2NError(
        ErrorCode.E_NOT_FOUND, f"No stored object {key!r}.", "It may have been deleted; list the files again."
    )
