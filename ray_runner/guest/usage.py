"""What the container has used of its limits, by its own cgroup (v1 or v2) and its scratch file systems."""

from __future__ import annotations

import os

SCRATCH = ("/tmp", "/work", "/dev/shm")
_CGROUP = "/sys/fs/cgroup"
_NEARLY_FULL_BYTES = 64 * 1024


def usage() -> dict[str, int]:
    """memory_peak, memory_limit (bytes), oom_kills, process_refusals, process_limit; what can't be read is left out.

    `full:<place>` holds the size in bytes of each scratch place that is full.
    """
    found = {
        "memory_peak": _number("memory.peak", "memory/memory.max_usage_in_bytes"),
        "memory_limit": _number("memory.max", "memory/memory.limit_in_bytes"),
        "oom_kills": _entry("oom_kill", "memory.events", "memory/memory.oom_control"),
        "process_limit": _number("pids.max", "pids/pids.max"),
        "process_refusals": _entry("max", "pids.events", "pids/pids.events"),
    }
    return {name: value for name, value in found.items() if value is not None} | _full_places()


def _full_places() -> dict[str, int]:
    full = {}
    for place in SCRATCH:
        try:
            state = os.statvfs(place)
        except OSError:
            continue
        if state.f_blocks and state.f_bavail * state.f_frsize < _NEARLY_FULL_BYTES:
            full[f"full:{place}"] = state.f_blocks * state.f_frsize
    return full


def _number(*names: str) -> int | None:
    for text in _readable(names):
        if text.strip().isdecimal():
            return int(text)
    return None


def _entry(key: str, *names: str) -> int | None:
    for text in _readable(names):
        for line in text.splitlines():
            words = line.split()
            if len(words) == 2 and words[0] == key and words[1].isdecimal():
                return int(words[1])
    return None


def _readable(names: tuple[str, ...]) -> list[str]:
    texts = []
    for name in names:
        try:
            with open(os.path.join(_CGROUP, name)) as file:
                texts.append(file.read())
        except OSError:
            continue
    return texts
