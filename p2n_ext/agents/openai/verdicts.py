"""Whether an answer can be used."""

from __future__ import annotations

from collections.abc import Callable

from p2n_schemas.errors import ErrorCode, P2NError

from .answer_schema import problem_of
from .stream import Ended


def judged(
    ended: Ended | None, problem_of: Callable[[str], str | None] = problem_of
) -> tuple[str, P2NError | None]:
    """What is wrong with an answer, for the model and for a person; `problem_of`: with the whole text of one."""
    if ended is None:
        return "", P2NError(
            ErrorCode.E_MODEL_UNAVAILABLE, "The model gave no answer.", "Try again in a while."
        )
    if ended.how == "refused":
        detail = {"refusal": " ".join(ended.refusal.split())[:300]}
        return "", _refused("The model declined to answer about the paper.", detail)
    if ended.how == "filtered":
        return "", _refused("The provider's content filter stopped the answer.", {"reason": "content_filter"})
    if ended.how == "cut_off":
        return "", _invalid("The model's answer was cut off by its length.", {"reason": "max_output_tokens"})
    if ended.how == "too_long":
        return "it was far too long", _invalid(
            "The model's answer did not come to an end.", {"reason": "too long"}
        )
    if problem := problem_of(ended.text):
        return problem, _invalid("The model's answer is not of the schema.", {"problem": problem[:500]})
    return "", None


def _refused(message: str, detail: dict[str, str]) -> P2NError:
    return P2NError(
        ErrorCode.E_MODEL_REFUSED,
        message,
        "Read the paper with the offline reader, or set another model.",
        detail,
    )


def _invalid(message: str, detail: dict[str, str]) -> P2NError:
    return P2NError(
        ErrorCode.E_MODEL_OUTPUT_INVALID, message, "Try again, or set another model as the extractor.", detail
    )
