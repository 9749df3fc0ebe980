"""Where the steps meet: a class's submissions graded, landed, stored and reported."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dfl_grading import __version__
from dfl_grading.audit import record
from dfl_grading.autograded import land, land_report, read_report
from dfl_grading.backends import Lost
from dfl_grading.course import Course, ProblemSetConfig
from dfl_grading.crew import Crew, Task, cores, keep_references, with_references
from dfl_grading.database import refuse_absent_server
from dfl_grading.errors import CourseError, StoreError
from dfl_grading.extend import grant_waiting, waiting_for
from dfl_grading.grading import (
    Graded,
    Job,
    digests_of,
    faulty,
    imported_modules,
    references_for,
    shipped_files,
)
from dfl_grading.hand_ins import HandIns, Remark
from dfl_grading.kernelspecs import python_of
from dfl_grading.late import LatePlugin, has_plugin
from dfl_grading.lateness import RULES, settle_late
from dfl_grading.model import GradeReport, Lateness, Submission
from dfl_grading.problem_set import load_problem_set
from dfl_grading.release import read_notebooks
from dfl_grading.source import SourceNotebook, released

if TYPE_CHECKING:
    from dfl_grading.gradebook import Question
    from dfl_grading.store import QuestionScore, Store

__all__ = ["GradeOptions", "GradedSet", "Watch", "grade", "make_job", "make_pages", "preview"]


_WITHOUT = "DFL_GRADING_TEST_WITHOUT"
"""For tests alone: walls to leave out, so that each can be shown to hold something."""


class Watcher(Protocol):
    """Who is told how far grading has come."""

    def advance(self, count: int = 1) -> None:
        """So many more submissions are done."""


Watch = Callable[[int], contextlib.AbstractContextManager[Watcher]]
"""Called with how many submissions there are, and entered while they are graded."""


@dataclass(frozen=True, kw_only=True)
class GradeOptions:
    """What the command line says of one run: `jobs` at a time, all anew with `force`."""

    jobs: int = 0
    force: bool = False
    walls: bool = True
    students: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GradedSet:
    """What became of one problem set: every report, those graded just now, and what was passed
    over in `submitted/`."""

    config: ProblemSetConfig
    reports: tuple[GradeReport, ...]
    fresh: frozenset[str]
    remarks: tuple[Remark, ...]
    page: Path
    seconds: float = 0.0


@dataclass
class _Plan:
    """One problem set on its way: what to grade and what is up to date already."""

    config: ProblemSetConfig
    job: Job
    hand_ins: HandIns
    todo: list[Submission] = field(default_factory=list)
    digests: dict[str, Mapping[str, str]] = field(default_factory=dict)
    before: dict[str, GradeReport | None] = field(default_factory=dict)
    done: dict[str, GradeReport] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    extensions: Mapping[str, timedelta] = field(default_factory=dict)
    due: datetime | None = None
    by_hand: Mapping[str, Mapping[Question, QuestionScore]] = field(default_factory=dict)
    """What people gave, by student: it counts for what coming late costs."""


def grade(
    course: Course,
    names: Sequence[str],
    options: GradeOptions,
    watch: Callable[[int], contextlib.AbstractContextManager[Watcher]],
) -> tuple[GradedSet, ...]:
    """Grade the submissions of the named problem sets (all that have some, if none is named).

    `watch(total)` is entered while submissions are graded. Raises GradingError before anything
    is written where the course, a grader file or a reference solution is not in order, or the
    gradebook's server away.
    """
    plans = _plan(course, names, options)
    refuse_absent_server(course.database_url)
    count = min(options.jobs or cores(), sum(len(plan.hand_ins.submissions) for plan in plans))
    with contextlib.ExitStack() as stack:
        crew = stack.enter_context(Crew([plan.job for plan in plans], count))
        for number, plan in enumerate(plans):
            students = _owners(plan)
            plan.job = with_references(crew, plan.job, number, students, course.cache_folder)
        # from here on things are written
        for plan in plans:
            stack.enter_context(_lock(course, plan.job.name))
            keep_references(plan.job, course.cache_folder)
        return _grade_plans(course, plans, options, crew, watch)


def preview(
    course: Course,
    names: Sequence[str],
    options: GradeOptions,
    watch: Callable[[int], contextlib.AbstractContextManager[Watcher]],
) -> tuple[GradedSet, ...]:
    """What `grade` would make of the same submissions; nothing is written. Raises as it does."""
    plans = _plan(course, names, options)
    count = min(options.jobs or cores(), sum(len(plan.hand_ins.submissions) for plan in plans))
    plugin = _late_plugin(course)
    with Crew([plan.job for plan in plans], count) as crew:
        for number, plan in enumerate(plans):
            students = _owners(plan)
            plan.job = with_references(crew, plan.job, number, students, course.cache_folder)
            _sort_out(course, plan, options)
            _look_up_if_there(course, plan, by_hand=plugin is not None)
        if any(plan.todo for plan in plans):
            crew.start()
        tasks = _tasks(plans)
        with watch(sum(len(plan.todo) for plan in plans)) as watcher:
            for task, result in crew.run(tasks):
                plan = plans[task.job]
                assert task.submission is not None
                for submission in _alike(plan, task.submission):
                    _, report = _settle(plan, submission, result, plugin)
                    plan.done[report.student] = report
                    plan.fresh.add(report.student)
                    watcher.advance()
    return tuple(_graded_set(course, plan) for plan in plans)


def _plan(course: Course, names: Sequence[str], options: GradeOptions) -> list[_Plan]:
    """What to grade: the named problem sets, or all that something was handed in for."""
    chosen = course.chosen(names)
    if not chosen:
        raise CourseError(
            f"{course.root}/{course.source_directory} holds no problem set; make a folder there "
            f"with a notebook in it."
        )
    found = [(config, _hand_ins(course, config, options.students)) for config in chosen]
    for config, hand_ins in found:
        if names and not hand_ins.submissions and not options.students:
            raise CourseError(
                f"there are no submissions for {config.name} in {course.submitted_folder}; put "
                f"them in submitted/<student>/{config.name}/."
            )
    _refuse_absent(course, found, names, options.students)
    return [
        _Plan(config, make_job(course, config, walls=options.walls), hand_ins)
        for config, hand_ins in found
        if hand_ins.submissions
    ]


def _hand_ins(course: Course, config: ProblemSetConfig, patterns: Sequence[str]) -> HandIns:
    taken: dict[str, Submission] = {}
    remarks: dict[Remark, None] = {}
    for pattern in patterns or ("*",):
        found = course.submissions(config.name, student=pattern)
        taken.update({submission.student: submission for submission in found.submissions})
        remarks.update(dict.fromkeys(found.remarks))
    return HandIns(tuple(taken[name] for name in sorted(taken)), tuple(remarks))


def _refuse_absent(
    course: Course,
    found: Sequence[tuple[ProblemSetConfig, HandIns]],
    names: Sequence[str],
    students: Sequence[str],
) -> None:
    """Raise CourseError where nothing at all was handed in, or nothing by a student asked for."""
    there = [s.student for _, hand_ins in found for s in hand_ins.submissions]
    for pattern in students:
        if not any(name == pattern or fnmatchcase(name, pattern) for name in there):
            what = f" for {', '.join(config.name for config, _ in found)}" if names else ""
            raise CourseError(
                f"{pattern!r} handed in nothing{what}; see the folders in "
                f"{course.submitted_folder}."
            )
    if not there:
        raise CourseError(
            f"there are no submissions in {course.submitted_folder}; put them in "
            f"submitted/<student>/<problem set>/."
        )


def make_job(course: Course, config: ProblemSetConfig, *, walls: bool = True) -> Job:
    """Read all that grading a problem set needs, and hold it together.

    Raises GradingError where something is missing or does not fit.
    """
    notebooks = read_notebooks(course, config.name)
    grader_file = course.grader_file(config.name)
    grader = load_problem_set(grader_file, notebooks) if grader_file else None
    if grader is not None and grader.name != config.name:
        raise CourseError(
            f"{grader_file}: ProblemSet({grader.name!r}) is not {config.name!r}; give it the name "
            f"of its folder in source/."
        )
    files = _data_files(course, config)
    preload = (*config.preload, *(grader.preload if grader else ()), *imported_modules(notebooks))
    job = Job(
        name=config.name,
        notebooks=notebooks,
        grader=grader,
        limits=config.limits,
        delimiters=course.delimiters,
        interpreter=config.interpreter or _python_of(course, notebooks),
        preload=tuple(dict.fromkeys(preload)),
        files=files,
        kept=frozenset(course.nbgrader.kept_files.get(config.name, ())),
        hidden=(course.root,),
        walls=walls,
        without=tuple(os.environ.get(_WITHOUT, "").split(",")) if os.environ.get(_WITHOUT) else (),
    )
    for notebook in notebooks:
        for cell in notebook.cells:
            released(cell, notebook.language, course.delimiters)
    return replace(job, digests=_job_digests(job, grader_file))


def _python_of(course: Course, notebooks: Sequence[SourceNotebook]) -> Path | None:
    """The Python that the course's kernel stands for; None where that is our own.

    As in nbgrader, `Execute.kernel_name` counts before what the notebooks say of themselves.
    """
    names = {course.nbgrader.kernel_name or notebook.kernel_name for notebook in notebooks}
    return python_of(names.pop()) if len(names) == 1 else None


def _data_files(course: Course, config: ProblemSetConfig) -> dict[str, bytes]:
    """What a problem set ships beside its notebooks."""
    folder = course.source_folder(config.name)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix != ".ipynb"
        and not any(
            fnmatchcase(part, pattern)
            for part in path.relative_to(folder).parts
            for pattern in course.ignore
        )
    }


def _job_digests(job: Job, grader_file: Path | None) -> dict[str, str]:
    source = sha256()
    for notebook in job.notebooks:
        # with what the course adds to it: a header, tests made by AUTOTEST
        text = json.dumps(notebook.document, sort_keys=True)
        source.update(notebook.name.encode() + b"\0" + text.encode("utf-8", "surrogatepass"))
    for name, data in job.files.items():
        source.update(name.encode() + b"\0" + sha256(data).digest())
    source.update(repr((job.delimiters, *sorted(job.kept))).encode())
    return {
        "source": source.hexdigest(),
        "grader": _digest_of_grader(grader_file) if grader_file else "",
        "limits": sha256(repr(job.limits).encode()).hexdigest(),
        "environment": sha256("\0".join(_environment(job)).encode()).hexdigest(),
        "tool": sha256(__version__.encode()).hexdigest(),
    }


def _digest_of_grader(grader_file: Path) -> str:
    """The grader file, and the hidden data beside it."""
    total = sha256(grader_file.read_bytes())
    data = grader_file.parent / "data"
    for path in sorted(path for path in data.rglob("*") if path.is_file()):
        name = path.relative_to(data).as_posix()
        total.update(name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _environment(job: Job) -> list[str]:
    """What is installed where the notebooks run: names and versions, from folder names alone."""
    program = job.interpreter or Path(sys.executable)
    folders = sorted(program.parent.parent.glob("lib/python*/site-packages"))
    installed = sorted(p.name for folder in folders for p in folder.glob("*.dist-info"))
    boxed = "boxed" if job.walls and not job.without else "not boxed"
    # not by which name our own interpreter was called: python, python3 and dfl are one
    other = str(job.interpreter or "")
    return [other, platform.python_version(), platform.machine(), boxed, *installed]


# ------------------------------------------------------------------ the run


def _grade_plans(
    course: Course,
    plans: Sequence[_Plan],
    options: GradeOptions,
    crew: Crew,
    watch: Callable[[int], contextlib.AbstractContextManager[Watcher]],
) -> tuple[GradedSet, ...]:
    plugin = _late_plugin(course)
    for plan in plans:
        _sort_out(course, plan, options)
    if any(plan.todo for plan in plans):
        crew.start()
    from dfl_grading.store import Store

    with Store(course.database_url, course.course_id) as store:
        for plan in plans:
            store.define(
                plan.job.name, plan.job.notebooks, plan.config.due, delimiters=course.delimiters
            )
            _look_up(course, store, plan, by_hand=plugin is not None)
            _store_again(course, store, plan, plugin)
        tasks = _tasks(plans)
        with watch(sum(len(plan.todo) for plan in plans)) as watcher:
            for task, result in crew.run(tasks):
                plan = plans[task.job]
                assert task.submission is not None
                for submission in _alike(plan, task.submission):
                    _take(course, store, plan, submission, result, plugin)
                    watcher.advance()
        grant_waiting(course, store)
        settle_late(course, store)
    return tuple(_finish(course, plan) for plan in plans)


def _late_plugin(course: Course) -> LatePlugin | None:
    policy = course.nbgrader.late if course.late is None else None
    return LatePlugin(policy, course.root) if policy is not None and has_plugin(policy) else None


def _tasks(plans: Sequence[_Plan]) -> list[Task]:
    return [
        Task(number, submission, references=references_for(plan.job.references, submission.owner))
        for number, plan in enumerate(plans)
        for submission in {one.owner: one for one in plan.todo}.values()
    ]


def _owners(plan: _Plan) -> list[str]:
    """Whose hand-ins there are: arguments are drawn once for a group."""
    return list(dict.fromkeys(submission.owner for submission in plan.hand_ins.submissions))


def _alike(plan: _Plan, submission: Submission) -> list[Submission]:
    """The submissions to grade that this one's run decides: those of its group."""
    if not submission.group:
        return [submission]
    return [one for one in plan.todo if one.owner == submission.owner]


def _sort_out(course: Course, plan: _Plan, options: GradeOptions) -> None:
    """Leave out of the plan what has a report that nothing has changed since."""
    for submission in plan.hand_ins.submissions:
        folder = course.autograded_folder(submission.student, plan.job.name)
        digests = plan.digests[submission.student] = digests_of(plan.job, submission)
        report = plan.before[submission.student] = read_report(folder)
        if report is not None and not options.force and dict(report.digests) == digests:
            plan.done[submission.student] = report
        else:
            plan.todo.append(submission)


def _look_up(course: Course, store: Store, plan: _Plan, *, by_hand: bool) -> None:
    """Take from the gradebook what bears on lateness: nbgrader keeps due dates nowhere else."""
    name = plan.job.name
    plan.extensions = {**waiting_for(course, name), **store.extensions(name)}
    plan.due = plan.config.due or store.due_dates().get(name)
    if by_hand:
        plan.by_hand = {
            row.student: {(q.notebook, q.grade_id): q for q in row.questions}
            for row in store.scores(name)
        }


def _look_up_if_there(course: Course, plan: _Plan, *, by_hand: bool) -> None:
    """The same, where there may be no gradebook yet."""
    from dfl_grading.store import Store

    plan.due = plan.config.due
    with (
        contextlib.suppress(StoreError),
        Store(course.database_url, course.course_id, create=False) as store,
    ):
        _look_up(course, store, plan, by_hand=by_hand)


def _store_again(course: Course, store: Store, plan: _Plan, plugin: LatePlugin | None) -> None:
    """Save the reports whose way into the gradebook a power cut has ended, and those whose
    lateness is another now."""
    if not plan.done:
        return
    saved = store.saved(plan.job.name)
    for submission in plan.hand_ins.submissions:
        if submission.student not in plan.done:
            continue
        student, report = submission.student, plan.done[submission.student]
        late = _lateness(plan, submission, report, plugin)
        changed = late != report.late
        if changed:
            # a due date, an extension or a score that changed needs no notebook to run again
            report = plan.done[student] = replace(report, late=late)
            land_report(course.autograded_folder(student, plan.job.name), report)
        scores = {(q.notebook, q.grade_id): q.score for q in report.questions}
        stamp = datetime.fromisoformat(report.timestamp) if report.timestamp else None
        there = saved.get(student)
        if changed or there is None or dict(there.scores) != scores or there.timestamp != stamp:
            store.save(report, report.unanswered)


def _take(
    course: Course,
    store: Store,
    plan: _Plan,
    submission: Submission,
    result: Graded | Lost,
    plugin: LatePlugin | None,
) -> None:
    graded, report = _settle(plan, submission, result, plugin)
    folder = course.autograded_folder(submission.student, plan.job.name)
    shipped = shipped_files(plan.job, submission)
    if (before := plan.before.get(submission.student)) is not None:
        record(course, before, report, plan.digests[submission.student])
    land(folder, report, graded.notebooks, submission, shipped, group=course.nbgrader.group_shared)
    store.save(report, report.unanswered)
    plan.done[submission.student] = report
    plan.fresh.add(submission.student)


def _settle(
    plan: _Plan, submission: Submission, result: Graded | Lost, plugin: LatePlugin | None
) -> tuple[Graded, GradeReport]:
    """What a worker made, and the whole report of it."""
    if isinstance(result, Lost):
        result = Graded(report=faulty(plan.job, submission, result.reason), notebooks={})
    # what the grader itself failed on is never up to date
    digests = {} if result.report.needs_person else plan.digests[submission.student]
    late = _lateness(plan, submission, result.report, plugin)
    report = replace(result.report, student=submission.student, late=late, digests=digests)
    return result, report


def _lateness(
    plan: _Plan, submission: Submission, report: GradeReport, plugin: LatePlugin | None
) -> Lateness:
    """How late a submission came, after any extension granted through nbgrader, and its cost."""
    if plan.due is None or submission.timestamp is None:
        return Lateness()
    extension = plan.extensions.get(submission.student, timedelta())
    late = submission.timestamp.replace(tzinfo=UTC) - (plan.due + extension)
    told = Lateness(
        seconds=max(0.0, late.total_seconds()), extension_seconds=extension.total_seconds()
    )
    before = report.late
    if before.policy == RULES and before.seconds == told.seconds:
        told = replace(told, penalty=before.penalty, slip_days=before.slip_days, policy=RULES)
    if plugin is None or told.seconds <= 0:
        return told
    scores = _scores(report, plan.by_hand.get(submission.student, {}))
    penalty = plugin.penalty(submission.student, scores, told.seconds)
    return replace(told, penalty=penalty, policy=plugin.name)


def _scores(report: GradeReport, by_hand: Mapping[Question, QuestionScore]) -> dict[str, float]:
    """Each notebook's score as nbgrader counts it: a person's points before automatic ones."""
    scores: dict[str, float] = {}
    for question in report.questions:
        given = by_hand.get((question.notebook, question.grade_id))
        manual, extra = (given.manual_score, given.extra_credit) if given else (None, None)
        points = (question.score if manual is None else manual) or 0.0
        scores[question.notebook] = scores.get(question.notebook, 0.0) + points + (extra or 0.0)
    return scores


def _finish(course: Course, plan: _Plan) -> GradedSet:
    make_pages(course, [plan.config])
    return _graded_set(course, plan)


def _graded_set(course: Course, plan: _Plan) -> GradedSet:
    return GradedSet(
        config=plan.config,
        reports=tuple(plan.done[student] for student in sorted(plan.done)),
        fresh=frozenset(plan.fresh),
        remarks=plan.hand_ins.remarks,
        page=course.report_page(plan.config.name),
    )


def make_pages(course: Course, configs: Sequence[ProblemSetConfig]) -> tuple[Path, ...]:
    """Make the page of each problem set, and the index of all, from the reports that there are.

    Raises CourseError where nothing is graded yet, and StoreError where a page cannot be written.
    """
    from dfl_grading.report import IndexRow, make_index_row, write_index, write_report

    now = datetime.now(UTC)
    pages = []
    rows: list[IndexRow] = []
    try:
        for config in course.problem_sets.values():
            reports = read_reports(course, config.name)
            if not reports:
                continue
            page, title = course.report_page(config.name), config.title or config.name
            rows.append(make_index_row(title, config.name, reports, page.name))
            if config in configs:
                write_report(title, config.name, reports, page, now=now, course=course.title)
                pages.append(page)
        if not pages:
            names = ", ".join(config.name for config in configs)
            raise CourseError(f"nothing is graded of {names}; run 'dfl grade' first.")
        write_index(course.title or "Course", rows, pages[0].with_name("index.html"), now=now)
    except OSError as error:
        raise StoreError(
            f"{error.filename} cannot be written ({error.strerror}); free space or mend "
            f"permissions, then run 'dfl report'."
        ) from error
    return tuple(pages)


def read_reports(course: Course, name: str) -> list[GradeReport]:
    """Every report of a problem set that lies in `autograded/`, sorted by student."""
    found = (read_report(folder) for folder in course.autograded_folders(name).values())
    return [report for report in found if report is not None]


@contextlib.contextmanager
def _lock(course: Course, name: str) -> Iterator[None]:
    """Keep a second grader away from one problem set."""
    folder = course.cache_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise CourseError(
            f"{error.filename} cannot be written ({error.strerror}); mend the permissions of the "
            f"course folder."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise CourseError(
            f"{name} is being graded by another process; wait for it or grade another problem set."
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)
