"""What a client is told of what is not there, and of failures that were not foreseen."""

from __future__ import annotations

import errno
import logging

from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError, storage_full

_log = logging.getLogger(__name__)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_OF_THE_STORE = (
    ErrorCode.E_STORAGE_FULL,
    ErrorCode.E_STORE_UNAVAILABLE,
    ErrorCode.E_STORE_REJECTED,
    ErrorCode.E_STORE_OUTDATED,
    ErrorCode.E_BUCKET_MISSING,
)


def is_storage_full(error: BaseException) -> bool:
    """A disk without room is the site's to mend, and passes: neither a fault of ours nor of a run."""
    if isinstance(error, P2NError):
        return error.code is ErrorCode.E_STORAGE_FULL
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def store_will_mend(error: BaseException) -> bool:
    """A store without room, out of reach, or not set up: neither a fault of ours nor of a run, and it passes."""
    if isinstance(error, P2NError):
        return error.code in _OF_THE_STORE
    return is_storage_full(error)


def explained(error: BaseException) -> ErrorInfo:
    """The error that a client is told: its own words, a full disk, or E_INTERNAL; the log has the rest."""
    if isinstance(error, P2NError):
        return error.info
    return storage_full().info if is_storage_full(error) else internal_error(error)


def internal_error(error: BaseException) -> ErrorInfo:
    """What a client may know of a fault of ours; the log has the rest."""
    _log.error("internal error", exc_info=error)
    return ErrorInfo(
        code=ErrorCode.E_INTERNAL,
        message="P2N failed in a way that it did not foresee.",
        remediation="The server's log has the details; please report them.",
    )


def missing(what: str, key: str) -> P2NError:
    return P2NError(
        ErrorCode.E_NOT_FOUND, f"There is no {what} {key!r}.", f"List the {what}s to see what there is."
    )
