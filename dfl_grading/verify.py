"""Proves a problem set: the reference earns full marks, the stub none, each sample its verdict."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

from dfl_grading.backends import Lost
from dfl_grading.calibrate import Margin, SeedTrial, calibrate, count_stochastic, try_seeds
from dfl_grading.course import Course, ProblemSetConfig
from dfl_grading.crew import Crew, Task, keep_references, with_references
from dfl_grading.errors import CourseError, GradingError
from dfl_grading.grading import Job, references_for
from dfl_grading.model import Evidence, GradeReport, QuestionResult, Submission, Verdict
from dfl_grading.pipeline import make_job
from dfl_grading.release import released_notebook
from dfl_grading.samples import Sample, build_notebooks, read_samples

__all__ = ["Proof", "Verified", "VerifyOptions", "verify"]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One thing that was tried: whether it held, and what was found where it did not."""

    problem_set: str
    what: str
    held: bool
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What was tried of one problem set, and the room around its tolerances if that was asked.
    `cpu_s` is the processor time of the notebooks that were run for it."""

    problem_set: str
    proofs: tuple[Proof, ...]
    margins: tuple[Margin, ...] = ()
    cpu_s: float = 0.0

    @property
    def held(self) -> bool:
        """Whether every proof held."""
        return all(proof.held for proof in self.proofs)


@dataclass(frozen=True, kw_only=True)
class VerifyOptions:
    """What the command line says: `seeds` other draws for each stochastic check (0: none);
    `only` is a pattern for the samples that are tried, such as `wrong/*`."""

    jobs: int = 0
    walls: bool = True
    seeds: int = 100
    only: str = "*"
    calibrate: bool = False


class Watcher(Protocol):
    """Who is told how far the proof has come."""

    def advance(self, count: int = 1) -> None:
        """So many more notebooks are done."""


Watch = Callable[[int], AbstractContextManager[Watcher]]


def verify(
    course: Course,
    names: Sequence[str],
    watch: Watch,
    options: VerifyOptions,
) -> tuple[Verified, ...]:
    """Prove the named problem sets, or all of them; a problem set that is not in order is a proof
    that did not hold. Nothing is written but caches. Raises CourseError where there is none."""
    chosen = course.chosen(names)
    if not chosen:
        raise CourseError(
            f"{course.root}/{course.source_directory} holds no problem set to verify; make a "
            f"folder there with a notebook in it."
        )
    return tuple(_verify_one(course, config, watch, options) for config in chosen)


def _verify_one(
    course: Course, config: ProblemSetConfig, watch: Watch, options: VerifyOptions
) -> Verified:
    proofs: list[Proof] = []
    margins: tuple[Margin, ...] = ()
    spent: list[float] = []
    try:
        job = make_job(course, config, walls=options.walls)
        released = {n.name: released_notebook(course, n) for n in job.notebooks}
        samples = [
            sample
            for sample in read_samples(course.samples_folder(config.name), job.notebooks)
            if fnmatchcase(sample.name, options.only)
        ]
        proofs += _prove(course, config, job, samples, released, watch, options, spent)
        with watch(options.seeds * count_stochastic(job)) as watcher:
            for trial in try_seeds(job, options.seeds, watcher.advance):
                proofs.append(_proof_of(config, trial))
        if options.calibrate:
            wrong = {
                sample.name: build_notebooks(sample, job.notebooks, released)
                for sample in samples
                if sample.path.parent.name in ("wrong", "partial")
            }
            with watch(len(job.notebooks) * (len(wrong) + 5)) as watcher:
                margins = calibrate(job, wrong, watcher.advance)
    except GradingError as error:
        proofs.append(_proof(config, "the problem set is in order", [str(error)]))
    return Verified(
        problem_set=config.name, proofs=tuple(proofs), margins=margins, cpu_s=sum(spent)
    )


def _prove(
    course: Course,
    config: ProblemSetConfig,
    job: Job,
    samples: Sequence[Sample],
    released: Mapping[str, Mapping[str, Any]],
    watch: Watch,
    options: VerifyOptions,
    spent: list[float],
) -> Iterator[Proof]:
    yield _proof(config, "the release shows no answer", [])
    yield _proof(config, "points add up", _wrong_points(course, job))
    with tempfile.TemporaryDirectory() as folder, Crew([job], options.jobs) as crew:
        made = _submissions(Path(folder), job, samples, released)
        students = [submission.student for submission in made.values()]
        job = with_references(crew, job, 0, students, course.cache_folder)
        keep_references(job, course.cache_folder)
        tasks = [
            Task(
                0,
                submission,
                references=references_for(job.references, submission.student),
                label=name,
            )
            for name, submission in made.items()
        ]
        reports: dict[str, GradeReport | Lost] = {}
        with watch(len(tasks)) as watcher:
            for task, result in crew.run(tasks):
                reports[task.label] = result if isinstance(result, Lost) else result.report
                watcher.advance()
    spent += [one.run.cpu_s for one in reports.values() if not isinstance(one, Lost)]
    yield _proof(config, "the reference solution earns full marks", _not_full(reports[_REFERENCE]))
    yield _proof(config, "the released stub earns nothing", _not_nothing(reports[_STUB]))
    for sample in samples:
        found = _unexpected(sample, reports[sample.name])
        yield _proof(config, f"sample {sample.name} gets its verdicts", found)


_REFERENCE, _STUB = "the reference", "the stub"


def _proof(config: ProblemSetConfig, what: str, findings: Sequence[str]) -> Proof:
    return Proof(problem_set=config.name, what=what, held=not findings, findings=tuple(findings))


def _proof_of(config: ProblemSetConfig, trial: SeedTrial) -> Proof:
    name = f"{trial.grade_id}, {trial.part}" if trial.part else trial.grade_id
    failed = trial.tried - trial.passed
    findings = [
        f"the reference failed with {failed} of {trial.tried} seeds, and the grader file states a "
        f"probability of {trial.stated:g}"
    ]
    if trial.stopped:
        findings.append(f"{trial.stopped} of these were stopped by a limit: raise its seconds=")
    what = f"stochastic check {name} passes the reference with {trial.tried} seeds"
    return _proof(config, what, findings if failed else [])


def _wrong_points(course: Course, job: Job) -> list[str]:
    wanted = course.points.total
    found = sum(cell.points or 0.0 for notebook in job.notebooks for cell in notebook.graded)
    if wanted is None or abs(found - wanted) < 1e-9:
        return []
    return [f"the cells add up to {found:g} points, and course.toml asks for {wanted:g}"]


def _submissions(
    folder: Path,
    job: Job,
    samples: Sequence[Sample],
    released: Mapping[str, Mapping[str, Any]],
) -> dict[str, Submission]:
    """The reference, the stub and every sample, written out as students would hand them in."""
    blank = Sample(name=_STUB, path=folder, expect={}, cells={}, keeps_stubs=True)
    full = Sample(name=_REFERENCE, path=folder, expect={}, cells={})
    made = {}
    for number, sample in enumerate((full, blank, *samples)):
        where = folder / f"{number:03d}"
        where.mkdir()
        paths = {}
        for name, document in build_notebooks(sample, job.notebooks, released).items():
            paths[name] = where / f"{name}.ipynb"
            paths[name].write_text(json.dumps(document), encoding="utf-8")
        made[sample.name] = Submission(
            student=f"sample-{number:03d}", problem_set=job.name, folder=where, notebooks=paths
        )
    return made


def _automatic(report: GradeReport | Lost) -> tuple[QuestionResult, ...]:
    if isinstance(report, Lost):
        raise GradingError(f"the grader was lost: {report.reason}.")
    return tuple(q for q in report.questions if q.evidence is not Evidence.MANUAL)


def _told(question: QuestionResult) -> str:
    return f"{question.grade_id} is {question.verdict}: {question.message or 'no message'}"


def _not_full(report: GradeReport | Lost) -> list[str]:
    return [_told(q) for q in _automatic(report) if q.verdict is not Verdict.PASSED]


def _not_nothing(report: GradeReport | Lost) -> list[str]:
    return [
        _told(q) if q.score is None else f"{q.grade_id} gives {q.score:g} points for nothing"
        for q in _automatic(report)
        if q.score != 0 and q.max_score > 0
    ]


def _unexpected(sample: Sample, report: GradeReport | Lost) -> list[str]:
    findings = []
    for question in _automatic(report):
        wanted = sample.expect.get(question.grade_id, Verdict.PASSED)
        if question.verdict is not wanted:
            findings.append(f"{_told(question)} (filed as {wanted})")
    return findings
