"""Worker processes: what they return, what becomes of them when they are killed."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import processes
import pytest

from dfl_grading.backends import LocalWorkers, Lost


@dataclass
class Square:
    """Squares numbers; notes each process that it is opened and closed in."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / f"opened-{os.getpid()}").touch()

    def __call__(self, task: int) -> int:
        return task * task

    def close(self) -> None:
        (self.folder / f"closed-{os.getpid()}").touch()


@dataclass
class Doing:
    """Does what a function says."""

    function: Callable[[Any], Any]

    def __call__(self, task: Any) -> Any:
        return self.function(task)

    def close(self) -> None:
        pass


def workers(function: Callable[[Any], Any], jobs: int = 1) -> LocalWorkers[Any, Any]:
    return LocalWorkers(lambda: Doing(function), jobs)


def noted(folder: Path, word: str) -> set[str]:
    return {path.name.removeprefix(word) for path in folder.iterdir() if path.name.startswith(word)}


def test_every_task_comes_back_with_its_result(tmp_path: Path) -> None:
    with LocalWorkers[int, int](lambda: Square(tmp_path), 3) as crew:
        assert sorted(crew.run(range(20))) == [(n, n * n) for n in range(20)]
        assert sorted(crew.run([5])) == [(5, 25)]
        assert list(crew.run([])) == []
    opened = noted(tmp_path, "opened-")
    assert len(opened) == 3
    assert noted(tmp_path, "closed-") == opened
    assert not any(processes.is_alive(int(pid)) for pid in opened)


def test_a_worker_that_is_killed_is_replaced_and_its_task_tried_once_more(tmp_path: Path) -> None:
    def die_once(task: int) -> tuple[int, str]:
        if task == 3 and not (tmp_path / "died").exists():
            (tmp_path / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return task, "done"

    with workers(die_once, 2) as crew:
        results = dict(crew.run(range(6)))
    assert results == {n: (n, "done") for n in range(6)}


def test_a_task_that_kills_two_workers_is_lost_and_the_others_are_not() -> None:
    def die(task: int) -> int:
        if task == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    with workers(die, 2) as crew:
        results = dict(crew.run(range(5)))
        assert dict(crew.run([7])) == {7: 7}
    assert results.pop(1) == Lost("the grading process was killed twice")
    assert results == {0: 0, 2: 2, 3: 3, 4: 4}


class Particular(Exception):
    """An error that pickles, and whose pickle does not load."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


@pytest.mark.parametrize("error", [ValueError("no"), Particular("n", "o")], ids=["plain", "odd"])
def test_what_the_work_raises_is_raised_here(error: Exception) -> None:
    def fail(task: int) -> int:
        raise error

    with workers(fail) as crew, pytest.raises((ValueError, RuntimeError), match="no"):
        list(crew.run([1]))


def test_a_worker_that_cannot_start_tells_why() -> None:
    def refuse() -> Doing:
        raise ValueError("there is no interpreter")

    with (
        LocalWorkers[int, int](refuse, 2) as crew,
        pytest.raises(ValueError, match="no interpreter"),
    ):
        list(crew.run([1, 2, 3]))


def test_what_a_worker_prints_is_no_part_of_the_output(capfd: pytest.CaptureFixture[str]) -> None:
    def chatter(task: int) -> int:
        print("from Python")
        sys.stdout.flush()
        os.write(1, b"from below\n")
        return task

    with workers(chatter) as crew:
        assert list(crew.run([1])) == [(1, 1)]
    said = capfd.readouterr()
    assert said.out == ""
    assert "from Python" in said.err
    assert "from below" in said.err


def test_an_interrupt_is_the_parents_alone() -> None:
    def interrupt(task: int) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return task

    with workers(interrupt) as crew:
        assert list(crew.run([1])) == [(1, 1)]


def test_leaving_ends_workers_that_are_busy(tmp_path: Path) -> None:
    def work(task: int) -> int:
        (tmp_path / str(os.getpid())).touch()
        while task:
            signal.pause()
        return task

    with workers(work, 2) as crew:
        running = crew.run([1, 0])
        assert next(running) == (0, 0)
        processes.wait_for(lambda: len(list(tmp_path.iterdir())) == 2, "two workers at work")
        busy = [int(path.name) for path in tmp_path.iterdir()]
    assert not any(processes.is_alive(pid) for pid in busy)


def test_workers_die_with_their_parent(tmp_path: Path) -> None:
    def work(task: int) -> int:
        (tmp_path / str(os.getpid())).touch()
        while True:
            signal.pause()
        return task

    def grade() -> None:
        list(workers(work, 2).run([1, 2]))

    with in_a_child(grade) as parent:
        processes.wait_for(lambda: len(list(tmp_path.iterdir())) == 2, "two workers at work")
        os.kill(parent, signal.SIGKILL)
        busy = [int(path.name) for path in tmp_path.iterdir()]
        processes.wait_for(lambda: not any(map(processes.is_alive, busy)), "no worker left")


@contextlib.contextmanager
def in_a_child(function: Callable[[], None]) -> Iterator[int]:
    """Run a function in a forked child of this process; gives its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            function()
        finally:
            os._exit(0)
    try:
        yield pid
    finally:
        if processes.is_alive(pid):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def numbers() -> Iterator[int]:
    yield from range(4)


def test_tasks_may_come_from_a_generator() -> None:
    with workers(lambda task: -task) as crew:
        assert dict(crew.run(numbers())) == {n: -n for n in range(4)}


def test_the_next_task_is_begun_while_the_caller_is_busy(tmp_path: Path) -> None:
    with workers(Path.touch) as crew:
        results = crew.run([tmp_path / str(n) for n in range(4)])
        next(results)
        end = time.monotonic() + 20
        while not (tmp_path / "1").exists():
            assert time.monotonic() < end, "the worker waits for the caller"
            time.sleep(0.001)
        assert len(list(results)) == 3


def test_large_tasks_and_large_results_do_not_wait_for_each_other() -> None:
    with workers(bytes, 2) as crew:
        assert dict(crew.run([b"x" * 1_000_000] * 5)) == {b"x" * 1_000_000: b"x" * 1_000_000}
