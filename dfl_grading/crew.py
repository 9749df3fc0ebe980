"""The workers of one run, and what they do: grade submissions and run reference solutions."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from dfl_grading.autograded import write_whole
from dfl_grading.backends import LocalWorkers, Lost
from dfl_grading.errors import GradingError
from dfl_grading.grading import (
    Job,
    Workshop,
    grade_submission,
    references_from_json,
    references_to_json,
    run_reference,
)
from dfl_grading.model import Submission

__all__ = ["Crew", "Task", "with_references"]


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

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = list(jobs)
        self.workshop = Workshop()
        self.workshop.zygote(self.jobs[0])

    def __call__(self, task: Task) -> Any:
        if task.references is not None:
            job = self.jobs[task.job]
            self.jobs[task.job] = replace(job, references=task.references)
        job = self.jobs[task.job]
        if task.submission is None:
            return run_reference(job, task.students, self.workshop)
        return grade_submission(job, task.submission, self.workshop)

    def close(self) -> None:
        self.workshop.close()


class Crew:
    """`count` workers (one a core for 0) for some jobs; a context that ends them."""

    def __init__(self, jobs: Sequence[Job], count: int = 0) -> None:
        self._jobs = list(jobs)
        make: Callable[[], _Bench] = lambda: _Bench(self._jobs)  # noqa: E731
        self._workers: LocalWorkers[Task, Any] = LocalWorkers(make, count or cores())

    def start(self) -> None:
        """Fork now: before the gradebook is opened and more is imported."""
        self._workers.start()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Results as they come; `Lost` where a worker was killed twice over one task."""
        return self._workers.run(tasks)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def with_references(crew: Crew, job: Job, number: int, students: Sequence[str], cache: Path) -> Job:
    """The job with its reference values: from the cache folder, else from the reference's own box.

    Raises CourseError where the reference solution fails.
    """
    if job.grader is None:
        return replace(job, digests={**job.digests, "reference": ""})
    personal = any(check.per_student for check in job.grader.checks)
    who = tuple(sorted(students)) if personal else ()
    key = sha256(repr((sorted(job.digests.items()), who)).encode()).hexdigest()
    path = cache / "references" / f"{job.name}-{key[:32]}.json"
    references = None
    with contextlib.suppress(OSError, ValueError):
        references = references_from_json(path.read_text())
    if references is None:
        ((_, references),) = crew.run([Task(number, None, who)])
        if isinstance(references, Lost):
            raise GradingError(f"the reference solution of {job.name} ended the grader; mend it.")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, references_to_json(references).encode(), mode=0o600)
    digest = sha256(references_to_json(references).encode()).hexdigest()
    return replace(job, references=references, digests={**job.digests, "reference": digest})
