"""Plans as they come out of a database."""

from __future__ import annotations

from pydantic import ValidationError

from p2n_schemas.errors import ErrorCode, P2NError, invalid
from p2n_schemas.plans import Plan


def stored_plan(plan_id: str, body: str) -> Plan:
    """Raises E_PLAN_INVALID: rows outlive versions, and people edit them."""
    try:
        return Plan.model_validate_json(body)
    except ValidationError as error:
        problems = invalid(error).info
        raise P2NError(
            ErrorCode.E_PLAN_INVALID,
            f"The stored plan {plan_id} does not follow v1.1: {problems.message}",
            "Plan the paper again; the claims are still there.",
            problems.detail,
        ) from None
