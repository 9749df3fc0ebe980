"""What runs on this machine, from /proc: to kill a part of a run and see that nothing is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    """One process; `started` tells it from a later one of the same number."""

    pid: int
    parent: int
    started: int
    command: str


def all_processes() -> Iterator[Process]:
    """Every process that is not a zombie."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (found := _read(int(folder.name))):
            yield found


def _read(pid: int) -> Process | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return Process(pid, int(fields[1]), int(fields[19]), command.replace(b"\0", b" ").decode())


def is_alive(pid: int) -> bool:
    return _read(pid) is not None


def are_left(found: list[Process]) -> list[Process]:
    """Those of some processes that are still there."""
    now = {(p.pid, p.started) for p in all_processes()}
    return [p for p in found if (p.pid, p.started) in now]


def below(pid: int) -> list[Process]:
    """Every descendant of a process, children first."""
    everyone = list(all_processes())
    found: list[Process] = []
    parents = {pid}
    while parents:
        children = [p for p in everyone if p.parent in parents]
        found += children
        parents = {p.pid for p in children}
    return found


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Return as soon as the condition holds; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)
