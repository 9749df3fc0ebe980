"""What runs on this machine, from /proc: to kill a part of a run and see that nothing is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    """A process that is no zombie; `started` tells it from a later one of the same number."""

    pid: int
    parent: int
    started: int


def _read(pid: int) -> Process | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return Process(pid, int(fields[1]), int(fields[19]))


def is_alive(pid: int) -> bool:
    return _read(pid) is not None


def are_left(found: list[Process]) -> list[Process]:
    """Those of some processes that are still there."""
    now = {process.pid: _read(process.pid) for process in found}
    return [p for p in found if (here := now[p.pid]) is not None and here.started == p.started]


def below(pid: int) -> list[Process]:
    """Every descendant of a process, nearest first."""
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        children = [p for p in map(_read, _children(waiting.pop(0))) if p is not None]
        found += children
        waiting += [p.pid for p in children]
    return found


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return []


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Return as soon as the condition holds; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
