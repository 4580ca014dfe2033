"""Processes of this machine by what their command lines say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# What only the server may know: no worker needs a key, so none is given one.
_SERVERS_ALONE = frozenset({"OPENAI_API_KEY", "SUPABASE_DB_URL", "SUPABASE_SERVICE_ROLE_KEY"})


def inherited() -> dict[str, str]:
    """The environment for what is started from here, without the server's keys."""
    return {name: value for name, value in os.environ.items() if name not in _SERVERS_ALONE}


def mentioning(text: str) -> set[int]:
    """Pids of this user's processes whose command line holds the text; never the caller's own."""
    return {pid for pid, (_, command) in _table().items() if text in command and pid != os.getpid()}


def descendants(pids: set[int]) -> set[int]:
    """The processes and all that descend from them."""
    table = _table()
    found = set(pids)
    while True:
        more = {pid for pid, (parent, _) in table.items() if parent in found} - found
        if not more:
            return found
        found |= more


def alive(pid: int) -> bool:
    """Whether it runs still; one that only waits to be collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return os.path.isdir("/proc/self") is False


def _table() -> dict[int, tuple[int, str]]:
    """pid → (parent, command line)."""
    if not os.path.isdir("/proc/self"):
        return _table_by_ps()
    table = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if folder.stat().st_uid != os.getuid():
                continue
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        table[int(folder.name)] = (parent, command)
    return table


def _table_by_ps() -> dict[int, tuple[int, str]]:
    listing = subprocess.run(
        ["ps", "-x", "-ww", "-o", "pid=,ppid=,command="],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    ).stdout
    table = {}
    for line in listing.splitlines():
        pid, parent, command = line.split(None, 2)
        table[int(pid)] = (int(parent), command)
    return table
