"""From what differs and what the code does to the likely cause, with how sure that is."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal

from p2n_schemas.determinism import Cause, CauseEvidence, CellDifference, MetricDifference
from p2n_schemas.determinism import DeterminismCode as Code

from .determinism_findings import MEDIUM, STRONG, Finding, Reading
from .determinism_flow import Program
from .determinism_words import MEANING, REMEDY

MAX_CAUSES = 5
MAX_EVIDENCE = 5
_ELSEWHERE = 0.2
"""What a finding counts for that nothing leads from to the number that differs."""
_LEAST = 0.4
_TINY = 1e-9
"""Relative difference below which only the order of a sum's terms differs (IEEE 754 double: 1.1e-16 an operation)."""
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
_UUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_MOMENT = re.compile(r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}|\b\d{1,2}:\d{2}:\d{2}\b")
_NO_GPU = re.compile(r"cuda|nvidia|\bgpu\b|\bhip\b", re.IGNORECASE)
_CODE_CHARACTERS = 200


def causes(
    program: Program,
    reaching: set[int],
    cell: int,
    metrics: Sequence[MetricDifference],
    first: CellDifference | None,
) -> list[Cause]:
    """The likeliest causes of what differs first in this cell, the likeliest first; never none.

    `reaching`: the units of the program that can have a part in it.
    """
    shape = _shape(metrics, first)
    # What stands in a later cell came too late.
    found = [
        finding
        for finding in Reading(program).findings()
        if program.units[finding.unit].cell <= cell and finding.weight > 0
    ]
    near = [finding for finding in found if finding.unit in reaching]
    if any(finding.weight >= _LEAST for finding in near):
        found = near
    scores: dict[Code, float] = {}
    for finding in found:
        counts = finding.weight * (1.0 if finding.unit in reaching else _ELSEWHERE)
        scores[finding.code] = max(scores.get(finding.code, 0.0), counts)
    for code, bonus in shape.items():
        if code in scores:
            scores[code] += bonus
        elif bonus >= MEDIUM:
            scores[code] = bonus / 2
    ranked = sorted((code for code in scores if scores[code] >= _LEAST), key=lambda code: -scores[code])
    if not ranked:
        return [_cause(Code.E_DETERMINISM_UNKNOWN, "possible", [])]
    strong = [
        code
        for code in ranked
        if any(f.code is code and f.unit in reaching and f.weight >= MEDIUM for f in found)
    ]
    result = []
    for place, code in enumerate(ranked[:MAX_CAUSES]):
        sure: Literal["certain", "likely", "possible"] = "possible"
        if place == 0 and code in strong:
            sure = "certain" if strong == [code] else "likely"
        evidence = sorted(
            (finding for finding in found if finding.code is code),
            key=lambda finding: (finding.unit not in reaching, -finding.weight, finding.unit),
        )
        result.append(_cause(code, sure, _evidence(evidence, program, reaching)))
    return result


def missing_gpu(error: str, cell: int, source: str) -> Cause | None:
    """The cause of a run that failed for want of a GPU; `error` is what the cell raised."""
    if not _NO_GPU.search(error):
        return None
    lines = source.splitlines() or [""]
    asking = next((at for at, line in enumerate(lines, 1) if _NO_GPU.search(line)), 1)
    seen = CauseEvidence(
        cell=cell, line=asking, code=lines[asking - 1].strip()[:_CODE_CHARACTERS], reaches=True
    )
    return _cause(Code.E_DETERMINISM_GPU, "certain", [seen])


def _cause(
    code: Code, certainty: Literal["certain", "likely", "possible"], evidence: list[CauseEvidence]
) -> Cause:
    return Cause(
        code=code, certainty=certainty, message=MEANING[code], remedy=REMEDY[code], evidence=evidence
    )


def _evidence(found: Sequence[Finding], program: Program, reaching: set[int]) -> list[CauseEvidence]:
    seen: dict[tuple[int, int], CauseEvidence] = {}
    for finding in found:
        place = (program.units[finding.unit].cell, finding.line)
        if place in seen:
            continue
        if len(seen) == MAX_EVIDENCE:
            break
        lines = program.sources[place[0]].splitlines()
        code = lines[finding.line - 1].strip() if finding.line <= len(lines) else ""
        seen[place] = CauseEvidence(
            cell=place[0], line=finding.line, code=code[:_CODE_CHARACTERS], reaches=finding.unit in reaching
        )
    return list(seen.values())


def _shape(metrics: Sequence[MetricDifference], first: CellDifference | None) -> dict[Code, float]:
    """What the differing values and lines themselves look like."""
    found: dict[Code, float] = {}

    def say(weight: float, *codes: Code) -> None:
        for code in codes:
            found[code] = max(found.get(code, 0.0), weight)

    values = [[value for value in metric.values if value is not None] for metric in metrics]
    pairs = [(min(some), max(some)) for some in values if len(some) > 1]
    if pairs and all(high - low <= _TINY * max(abs(high), abs(low)) for low, high in pairs):
        order = (Code.E_DETERMINISM_HASH_ORDER, Code.E_DETERMINISM_FILESYSTEM_ORDER)
        say(1.5, Code.E_DETERMINISM_THREADS, Code.E_DETERMINISM_GPU, *order)
        say(1.0, Code.E_DETERMINISM_DATALOADER_WORKERS)
    else:
        say(0.3, Code.E_DETERMINISM_UNSEEDED_RNG)
    for low, high in pairs:
        if low > 1.5e9 and high < 2.5e9 and high - low < 86_400:
            say(MEDIUM, Code.E_DETERMINISM_TIME_DEPENDENT)
        if low > 9e13 and high < 1.41e14 and math.floor(low) == low:
            say(MEDIUM, Code.E_DETERMINISM_MEMORY_ADDRESS)
    if first is not None:
        _say_of_lines(first, say)
    return found


def _say_of_lines(first: CellDifference, say: object) -> None:
    assert callable(say)
    left, right = "\n".join(first.left), "\n".join(first.right)
    for pattern, code in (
        (_UUID, Code.E_DETERMINISM_UUID),
        (_ADDRESS, Code.E_DETERMINISM_MEMORY_ADDRESS),
        (_MOMENT, Code.E_DETERMINISM_TIME_DEPENDENT),
    ):
        one, two = pattern.findall(left), pattern.findall(right)
        # A date that both show is a date, not the time of day.
        if one and two and set(one) != set(two):
            say(STRONG if code is Code.E_DETERMINISM_UUID else MEDIUM, code)
    words = [re.findall(r"[\w.+-]+", text) for text in (left, right)]
    if words[0] != words[1] and len(words[0]) > 2 and sorted(words[0]) == sorted(words[1]):
        say(
            1.5,
            Code.E_DETERMINISM_HASH_ORDER,
            Code.E_DETERMINISM_FILESYSTEM_ORDER,
            Code.E_DETERMINISM_THREADS,
            Code.E_DETERMINISM_DATALOADER_WORKERS,
        )
