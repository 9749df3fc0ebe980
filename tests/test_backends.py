"""Worker processes: every task answered once, whoever is killed meanwhile."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from dfl_grading.backends import LocalWorkers, Lost


class Squares:
    """Squares numbers; ends its process at `deadly` ones (once only, with a `mark` to leave)."""

    def __init__(self, deadly: tuple[int, ...] = (), mark: Path | None = None) -> None:
        self.deadly = deadly
        self.mark = mark

    def __call__(self, task: int) -> tuple[int, int]:
        if task in self.deadly and not (self.mark and self.mark.exists()):
            if self.mark:
                self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if task < 0:
            raise ValueError(f"{task} is negative")
        time.sleep(0.002)
        return task * task, os.getpid()

    def close(self) -> None:
        pass


class Echo:
    def __call__(self, task: bytes) -> bytes:
        return task

    def close(self) -> None:
        pass


def squares_of(results: Any) -> dict[int, Any]:
    found = {}
    for task, result in results:
        assert task not in found
        found[task] = result if isinstance(result, Lost) else result[0]
    return found


def test_every_task_is_answered_once_by_all_workers() -> None:
    with LocalWorkers(Squares, 3) as workers:
        results = list(workers.run(range(40)))
        again = squares_of(workers.run([7]))
    assert squares_of(results) == {n: n * n for n in range(40)}
    assert len({result[1] for _, result in results}) == 3
    assert again == {7: 49}


def test_a_task_that_kills_its_worker_is_lost_and_no_other_is() -> None:
    with LocalWorkers(lambda: Squares(deadly=(3,)), 2) as workers:
        found = squares_of(workers.run(range(12)))
    assert isinstance(found.pop(3), Lost)
    assert found == {n: n * n for n in range(12) if n != 3}


def test_a_task_whose_worker_was_killed_once_is_answered_by_another(tmp_path: Path) -> None:
    with LocalWorkers(lambda: Squares(deadly=(3,), mark=tmp_path / "mark"), 2) as workers:
        assert squares_of(workers.run(range(12))) == {n: n * n for n in range(12)}


def test_what_the_work_raises_is_raised_here() -> None:
    with LocalWorkers(Squares, 2) as workers, pytest.raises(ValueError, match="-1 is negative"):
        list(workers.run([1, -1, 2, 3]))


def test_large_tasks_and_results_do_not_block_each_other() -> None:
    big = b"x" * 1_000_000
    with LocalWorkers(Echo, 2) as workers:
        assert [len(result) for _, result in workers.run([big] * 6)] == [1_000_000] * 6


def test_the_next_task_is_begun_while_the_caller_is_busy() -> None:
    done = []
    with LocalWorkers(Stamps, 1) as workers:
        for _, stamp in workers.run(range(4)):
            received = time.monotonic()
            time.sleep(0.05)
            done.append((stamp, received))
    # the second was over long before the caller asked for it
    assert done[1][0] - done[0][1] < 0.03


class Stamps:
    def __call__(self, task: int) -> float:
        return time.monotonic()

    def close(self) -> None:
        pass
