"""The workers of one run, and what they do: grade submissions and run reference solutions."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from dfl_grading.autograded import write_whole
from dfl_grading.backends import LocalWorkers, Lost
from dfl_grading.box import Nursery
from dfl_grading.errors import GradingError
from dfl_grading.grading import (
    Job,
    Workshop,
    grade_submission,
    hold_draws,
    make_nursery,
    references_from_json,
    references_to_json,
    run_reference,
    wanted_references,
)
from dfl_grading.model import Submission

__all__ = ["Crew", "Task", "cores", "keep_references", "with_references"]


@dataclass(frozen=True)
class Task:
    """One thing for a worker to do: a submission to grade, or (without one) the reference.

    `job` is the number of the job, `references` its reference values, `label` whatever the
    caller wants to know the result by.
    """

    job: int
    submission: Submission | None
    students: tuple[str, ...] = ()
    references: Mapping[Any, Any] | None = None
    label: Any = None


class _Bench:
    """A worker's work: the jobs it was forked with, and its zygotes."""

    def __init__(self, jobs: Sequence[Job], nursery: Nursery | None, number: int) -> None:
        self.jobs = list(jobs)
        self.workshop = Workshop()
        if nursery is not None and number < len(nursery.controls):
            self.workshop.adopt(self.jobs[0], nursery, number)
        else:
            self.workshop.zygote(self.jobs[0], self.jobs[0].notebooks[0])

    def __call__(self, task: Task) -> Any:
        if task.references is not None:
            job = self.jobs[task.job]
            self.jobs[task.job] = replace(job, references=task.references)
        job = self.jobs[task.job]
        if task.submission is None:
            return self._run_reference(job, task.students)
        return grade_submission(job, task.submission, self.workshop)

    def _run_reference(self, job: Job, students: Sequence[str]) -> Mapping[Any, Any]:
        try:
            return run_reference(job, students, self.workshop)
        except GradingError:
            raise
        except Exception as error:
            raise GradingError(
                f"the grader failed on the reference solution of {job.name} with "
                f"{type(error).__name__}: {error}; please report it."
            ) from error

    def close(self) -> None:
        self.workshop.close()


class Crew:
    """`count` workers (one a core for 0) for some jobs; a context that ends them."""

    def __init__(self, jobs: Sequence[Job], count: int = 0) -> None:
        self._jobs = list(jobs)
        self._count = count or cores()
        self._nursery: Nursery | None = None
        self._workers: LocalWorkers[Task, Any] = LocalWorkers(self._open_bench, self._count)

    def _open_bench(self) -> _Bench:
        return _Bench(self._jobs, self._nursery, self._workers.forked - 1)

    def start(self) -> None:
        """Fork now: before the gradebook is opened and more is imported."""
        if self._workers.forked:
            return
        if self._count > 1 and self._jobs[0].walls:
            self._nursery = make_nursery(self._jobs[0], self._count)
        # papermill, which workers share: imported while the nursery is importing too
        import_module("dfl_grading.execute")
        self._workers.start()
        if self._nursery is not None:
            self._nursery.let_go()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Results as they come; `Lost` where a worker was killed twice over one task."""
        self.start()
        return self._workers.run(tasks)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()
        if self._nursery is not None:
            self._nursery.close()


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def with_references(crew: Crew, job: Job, number: int, students: Sequence[str], cache: Path) -> Job:
    """The job with its reference values: from the cache folder, else from the reference's own box.

    Nothing is written: see `keep_references`. Raises GradingError where the reference solution
    fails, or where arguments cannot be drawn.
    """
    hold_draws(job, students)
    wanted = wanted_references(job, students)
    known: dict[Any, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        known = references_from_json(_cache_file(job, cache).read_text())
    missing = wanted - known.keys()
    # the reference runs once for every state of its notebooks, whatever its checks observe
    if job.grader is not None and (missing or not known):
        who = sorted({student for _, _, student in missing} - {""})
        ((_, made),) = crew.run([Task(number, None, tuple(who))])
        if isinstance(made, Lost):
            raise GradingError(f"the reference solution of {job.name} ended the grader; mend it.")
        # what is known stays as it was: reports were judged by it
        known = {_RAN: (), **made, **known}
    return replace(job, references=known)


_RAN = ("", "", "")
"""Stands in a cache of references that may hold nothing else, to tell that the reference ran."""


def keep_references(job: Job, cache: Path) -> None:
    """Write the job's reference values to the cache folder, if that can be written to."""
    path, text = _cache_file(job, cache), references_to_json(job.references)
    with contextlib.suppress(OSError, ValueError):
        if path.read_text() == text:
            return
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode(), mode=0o600)


def _cache_file(job: Job, cache: Path) -> Path:
    key = sha256(repr((_CACHE, sorted(job.digests.items()))).encode()).hexdigest()
    return cache / "references" / f"{job.name}-{key[:32]}.json"


_CACHE = 2
"""The version of what a cache of references holds."""
