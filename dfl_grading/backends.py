"""Worker processes: one task at a time each, results as they come, a lost worker replaced.

Workers are forked, so they inherit what was read before: the work is handed over once. The
parent must not have started threads that hold locks when it forks.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["LocalWorkers", "Lost", "Work"]

Task = TypeVar("Task")
Result = TypeVar("Result")

_BESIDE_BYTES = 50_000
"""The largest task that waits in a worker's pipe, which holds several of that size."""


class Work(Protocol):
    """What a worker does: opened once in the worker, called for each task, closed at the end."""

    def __call__(self, task: Any) -> Any:
        """Return the result of one task; both are pickled."""

    def close(self) -> None:
        """Give back what the worker holds."""


@dataclass(frozen=True)
class Lost:
    """The worker that had this task was killed, and so was the one that tried again."""

    reason: str


@dataclass(frozen=True)
class _Failed:
    """An exception that the work raised, on its way to the parent."""

    error: BaseException


@dataclass
class _Worker:
    """A worker with what it was given: the task that it works on, and perhaps one that waits,
    each with how often it was tried before."""

    pid: int
    pipe: Connection
    tasks: deque[tuple[Any, int]] = field(default_factory=deque)


@dataclass
class LocalWorkers(Generic[Task, Result]):
    """`jobs` forked processes that each run `open_work()` and then its tasks."""

    open_work: Callable[[], Work]
    jobs: int
    forked: int = 0
    """How many were forked so far, this one and those that were lost included."""
    _workers: list[_Worker] = field(default_factory=list)

    def start(self) -> None:
        """Fork the workers now, before the parent imports more."""
        while len(self._workers) < self.jobs:
            self._workers.append(self._fork(len(self._workers)))

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Lost]]:
        """Yield each task with its result, in the order in which they end.

        A task whose worker is killed is given to another once; then it is Lost. What the work
        raises is raised here.
        """
        self.start()
        waiting = deque((task, 0) for task in tasks)
        while True:
            self._hand_out(waiting)
            if not any(worker.tasks for worker in self._workers):
                return
            for worker in self._ready():
                try:
                    result = worker.pipe.recv()
                except (EOFError, OSError, ValueError):
                    yield from self._replace(worker, waiting)
                    continue
                task, _ = worker.tasks.popleft()
                if isinstance(result, _Failed):
                    raise result.error
                yield task, result

    def _hand_out(self, waiting: deque[tuple[Task, int]]) -> None:
        """Give each worker one task, and a second to begin while the caller is busy; the last
        tasks go to whoever is free."""
        for most in (1, 2):
            for worker in self._workers:
                if len(worker.tasks) < most and len(waiting) > (most - 1) * self.jobs:
                    data = ForkingPickler.dumps(waiting[0][0])
                    # a worker that reads nothing yet must not keep us from reading its answer
                    if most == 1 or len(data) < _BESIDE_BYTES:
                        worker.tasks.append(waiting.popleft())
                        with contextlib.suppress(OSError):
                            worker.pipe.send_bytes(data)

    def _ready(self) -> list[_Worker]:
        ready = wait([worker.pipe for worker in self._workers if worker.tasks])
        return [worker for worker in self._workers if worker.pipe in ready]

    def _replace(
        self, worker: _Worker, waiting: deque[tuple[Task, int]]
    ) -> Iterator[tuple[Task, Lost]]:
        _end(worker)
        place = self._workers.index(worker)
        self._workers[place] = self._fork(place)
        (task, tried), *untouched = worker.tasks
        waiting.extendleft(reversed(untouched))
        if tried == 0:
            waiting.appendleft((task, 1))
        else:
            yield task, Lost("the grading process was killed twice")

    def _fork(self, place: int) -> _Worker:
        self.forked += 1
        ours, theirs = Pipe()
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        # an interrupt in the child must not run the parent's way out of here
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            pid = os.fork()
            if pid == 0:
                _keep_to_own_cores(place, self.jobs)
                _be_worker(theirs, self.open_work, parent, [ours, *(w.pipe for w in self._workers)])
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        return _Worker(pid, ours)

    def close(self) -> None:
        """End every worker, busy or not."""
        for worker in self._workers:
            if worker.tasks:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)
            _end(worker)
        self._workers.clear()

    def __enter__(self) -> LocalWorkers[Task, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    with contextlib.suppress(ChildProcessError):
        os.waitpid(worker.pid, 0)


def _keep_to_own_cores(place: int, jobs: int) -> None:
    """Share the processors out between the workers: a notebook with a hundred busy processes then
    takes time from no other worker's notebook."""
    cores = sorted(os.sched_getaffinity(0))
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, cores[place::jobs] or [cores[place % len(cores)]])


def _be_worker(
    pipe: Connection, open_work: Callable[[], Work], parent: int, others: Iterable[Connection]
) -> None:
    """Serve tasks until the parent closes the pipe; never returns."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # die with the parent
        for other in others:
            other.close()
        # what a grader file prints is not part of the answer on the parent's stdout
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        if os.getppid() == parent:
            _serve(pipe, open_work)
        status = 0
    finally:
        os._exit(status)


def _serve(pipe: Connection, open_work: Callable[[], Work]) -> None:
    work: Work | None = None
    try:
        try:
            work = open_work()
        except Exception as error:
            answer: Callable[[Any], Any] = partial(_answer_always, _failed(error))
        else:
            answer = work
        while True:
            try:
                task = pipe.recv()
            except EOFError:
                return
            try:
                result = answer(task)
            except Exception as error:
                result = _failed(error)
            pipe.send(result)
    finally:
        if work is not None:
            work.close()


def _answer_always(answer: Any, task: Any) -> Any:
    return answer


def _failed(error: Exception) -> _Failed:
    """The exception as it can reach the parent: one that does not pickle goes as its text."""
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            return _Failed(error)
    except Exception:
        pass
    return _Failed(RuntimeError(f"{type(error).__name__}: {error}"))
