"""One submission through restore, execute and judge; and one reference solution through execute.

Everything here runs in a worker: it gets frozen data and returns frozen data, and touches neither
the gradebook nor any folder of the course but the files that were handed in.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dfl_grading.autograded import files_beside
from dfl_grading.box import Nursery, Zygote, ZygoteDied
from dfl_grading.errors import CourseError, GradingError
from dfl_grading.judge import blame_stop, judge_in_kernel, judge_manual, judge_outside
from dfl_grading.model import (
    CellRun,
    CellStatus,
    Evidence,
    GradeReport,
    Limits,
    Observed,
    Outcome,
    QuestionResult,
    Repair,
    RunRecord,
    Submission,
    Verdict,
)
from dfl_grading.problem_set import SOLUTION, Check, ProblemSet
from dfl_grading.restore import Restored, restore
from dfl_grading.run import Observation
from dfl_grading.source import (
    MAX_NOTEBOOK_BYTES,
    Delimiters,
    SourceCell,
    SourceNotebook,
    UnreadableNotebook,
    parse_notebook,
)
from dfl_grading.values import Raised, Ungradeable
from dfl_grading.wire import decode_value, encode_value, take_item

if TYPE_CHECKING:
    from dfl_grading.execute import Execution

__all__ = ["Graded", "Job", "Workshop", "faulty", "grade_submission", "run_reference"]

References = Mapping[tuple[str, str, str], tuple[bytes, ...]]
"""Encoded reference values by (grade_id, group of parts, student), "" for draws common to all."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What grading one problem set needs, the same for every submission.

    `files` are the data files beside the source notebooks, `kept` the names of those that a
    student may hand in an own version of; `hidden` are folders of which a box
    must show nothing; `digests` are those parts of a report's digests that do not depend on the
    submission.
    """

    name: str
    notebooks: tuple[SourceNotebook, ...]
    grader: ProblemSet | None
    limits: Limits
    delimiters: Delimiters
    interpreter: Path | None = None
    preload: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    hidden: tuple[Path, ...] = ()
    walls: bool = True
    without: tuple[str, ...] = ()
    references: References = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Graded:
    """A submission's report and its executed notebooks as JSON."""

    report: GradeReport
    notebooks: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class _Environment:
    """What tells one zygote from another: see `Zygote`."""

    interpreter: Path | None
    preload: tuple[str, ...]
    hidden: tuple[Path, ...]
    walls: bool
    without: tuple[str, ...]
    kernels: bool


def _environment_of(job: Job, notebook: SourceNotebook) -> _Environment:
    kernels = notebook.language != "python"
    return _Environment(
        interpreter=None if kernels else job.interpreter,
        preload=() if kernels else job.preload,
        hidden=job.hidden,
        walls=job.walls,
        without=job.without,
        kernels=kernels,
    )


def make_nursery(job: Job, count: int) -> Nursery:
    """A nursery of `count` zygotes for the job's first notebook, for as many workers."""
    return Nursery(count, **vars(_environment_of(job, job.notebooks[0])))


class Workshop:
    """A worker's zygotes, one for each environment that its jobs name; close it at the end."""

    def __init__(self) -> None:
        self._zygotes: dict[_Environment, Zygote] = {}

    def adopt(self, job: Job, nursery: Nursery, number: int) -> None:
        """Take a zygote of the nursery that was made for this job."""
        environment = _environment_of(job, job.notebooks[0])
        self._zygotes[environment] = Zygote(nursery=nursery, number=number)

    def zygote(self, job: Job, notebook: SourceNotebook) -> Zygote:
        """The zygote for a notebook's environment, started on first use."""
        environment = _environment_of(job, notebook)
        if environment not in self._zygotes:
            self._zygotes[environment] = Zygote(**vars(environment))
        return self._zygotes[environment]

    def discard(self) -> None:
        """Give up every zygote, since one has died; `zygote` starts others."""
        self.close()

    def close(self) -> None:
        """End every zygote."""
        while self._zygotes:
            self._zygotes.popitem()[1].close()


# ------------------------------------------------------------------ one submission


def grade_submission(job: Job, submission: Submission, workshop: Workshop) -> Graded:
    """Grade one submission; a fault of the grader's own is tried once more, then reported.

    Raises BoxUnavailable where no box can be made on this machine.
    """
    for _ in range(2):
        try:
            return _grade(job, submission, workshop)
        except ZygoteDied as error:
            workshop.discard()
            fault = f"the grader's own process was lost twice ({error})"
        except GradingError:
            raise
        except Exception as error:
            fault = f"the grader failed with {type(error).__name__}: {error}"
    return Graded(report=faulty(job, submission, fault), notebooks={})


def _grade(job: Job, submission: Submission, workshop: Workshop) -> Graded:
    next(submission.folder.iterdir(), None)  # a folder that cannot be read is no empty hand-in
    from dfl_grading.execute import execute

    matched, repairs = match_notebooks(job.notebooks, submission)
    questions: list[QuestionResult] = []
    executed: dict[str, bytes] = {}
    unanswered: list[tuple[str, str]] = []
    run = RunRecord(boxed=job.walls and not job.without)
    shipped = shipped_files(job, submission)
    files = {**shipped, **_handed_in_files(submission, job, shipped, repairs)}
    for notebook in job.notebooks:
        read = _read(matched.get(notebook.name), submission)
        if isinstance(read, str):
            questions += _all_missing(notebook, read)
            if notebook.name in matched:
                run = replace(run, outcome=Outcome.UNREADABLE, message=read)
            continue
        document, notes = read
        repairs += [Repair(notebook=notebook.name, grade_id=None, what=note) for note in notes]
        restored = restore(document, notebook, job.delimiters)
        repairs += restored.repairs
        execution = execute(
            restored.document,
            workshop.zygote(job, notebook),
            job.limits,
            observations=_observations(job, notebook, submission.owner),
            files=files,
            seed=_seed(job.name),
        )
        executed[notebook.name] = _notebook_bytes(execution.document)
        questions += _judge(job, notebook, restored, execution, submission.owner)
        unanswered += [
            (notebook.name, cell.grade_id)
            for cell in notebook.cells
            if cell.solution and cell.grade_id not in restored.answered
        ]
        run = _add_up(run, execution)
    report = GradeReport(
        student=submission.student,
        problem_set=job.name,
        timestamp=submission.timestamp.isoformat() if submission.timestamp else None,
        questions=tuple(questions),
        repairs=tuple(repairs),
        run=run,
        unanswered=tuple(unanswered),
        group=submission.group,
    )
    return Graded(report=report, notebooks=executed)


_COPY: Final = re.compile(r"( ?\(\d+\)|[ -]copy ?\d*)$")
"""What browsers and Jupyter put after the name of a second file, in small letters."""


def match_notebooks(
    notebooks: Sequence[SourceNotebook], submission: Submission
) -> tuple[dict[str, Path], list[Repair]]:
    """Which file was handed in for which source notebook: by its name, by its name without the
    mark of a copy, else the only one left."""
    matched = {
        n.name: submission.notebooks[n.name] for n in notebooks if n.name in submission.notebooks
    }
    wanted = [n.name for n in notebooks if n.name not in matched]
    spare = {name.casefold(): name for name in submission.notebooks if name not in matched}
    taken = {name: spare.pop(name.casefold()) for name in wanted if name.casefold() in spare}
    for name in [name for name in wanted if name not in taken]:
        copies = [copy for copy in spare if _COPY.sub("", copy) == name.casefold()]
        if len(copies) == 1:
            taken[name] = spare.pop(copies[0])
    left = [name for name in wanted if name not in taken]
    known = {notebook.name.casefold() for notebook in notebooks}
    others = [other for other in spare if _COPY.sub("", other) not in known]
    if len(left) == 1 and len(others) == 1:
        taken[left[0]] = spare[others[0]]
    repairs = []
    for name, other in taken.items():
        matched[name] = submission.notebooks[other]
        what = f"{other}.ipynb was taken for {name}.ipynb."
        repairs.append(Repair(notebook=name, grade_id=None, what=what))
    return matched, repairs


def _read(
    path: Path | None, submission: Submission
) -> tuple[dict[str, Any], tuple[str, ...]] | str:
    """The notebook and notes on its repair, or a sentence on why there is none.

    Raises OSError where the file is there and the grader cannot open it: no fault of the student's.
    """
    if path is None:
        others = ", ".join(f"{name}.ipynb" for name in sorted(submission.notebooks)[:5])
        return "this notebook was not handed in" + (f" (but {others})" if others else "")
    try:
        if path.stat().st_size > MAX_NOTEBOOK_BYTES:
            return (
                f"the notebook is larger than {MAX_NOTEBOOK_BYTES // 10**6} MB; clear its "
                f"outputs and hand it in again"
            )
        return parse_notebook(path.read_bytes())
    except UnreadableNotebook as error:
        return str(error)


def _all_missing(notebook: SourceNotebook, why: str) -> list[QuestionResult]:
    return [
        QuestionResult(
            grade_id=cell.grade_id,
            notebook=notebook.name,
            score=0.0,
            max_score=cell.points or 0.0,
            verdict=Verdict.MISSING,
            evidence=Evidence.OUTSIDE if cell.kind == "autograded" else Evidence.MANUAL,
            message=why,
        )
        for cell in notebook.graded
    ]


def shipped_files(job: Job, submission: Submission) -> dict[str, bytes]:
    """The problem set's data files, without those of which the student's own version counts."""
    theirs = {path.relative_to(submission.folder).as_posix() for path in submission.files}
    own = job.kept & theirs
    return {name: data for name, data in job.files.items() if name not in own}


def _handed_in_files(
    submission: Submission, job: Job, shipped: Mapping[str, bytes], repairs: list[Repair]
) -> dict[str, bytes]:
    """The student's own files beside the notebooks, as far as half of the box's disk takes them.

    What the problem set ships stays as it is; what is left out is noted.
    """
    room = job.limits.disk_mb * 10**6 // 2
    files: dict[str, bytes] = {}
    left_out = []
    for name, path in files_beside(submission, shipped).items():
        try:
            if path.is_symlink() or not path.is_file():
                continue
            if path.stat().st_size > room:
                left_out.append(name)
                continue
            files[name] = path.read_bytes()
            room -= len(files[name])
        except OSError:
            left_out.append(name)
    if left_out:
        what = f"{', '.join(left_out[:5])}{' and more' if len(left_out) > 5 else ''} was left out"
        repairs.append(Repair(notebook=job.notebooks[0].name, grade_id=None, what=what))
    return files


def _judge(
    job: Job, notebook: SourceNotebook, restored: Restored, execution: Execution, student: str
) -> list[QuestionResult]:
    results = []
    skipped = CellRun(status=CellStatus.SKIPPED, error_message=execution.message)
    for cell in notebook.graded:
        run = execution.cells.get(cell.grade_id, skipped)
        if cell.kind != "autograded":
            answered = cell.kind == "task" or cell.grade_id in restored.answered
            results.append(judge_manual(cell, notebook.name, answered))
            continue
        if job.grader is None or not job.grader.of(cell.grade_id):
            result = judge_in_kernel(cell, notebook.name, run)
        else:
            result = _judge_outside(job, notebook, cell, run, execution, student)
        result = _blame_loss(result, notebook, cell, restored.missing)
        results.append(blame_stop(result, execution.stopped.get(cell.grade_id)))
    return results


def _blame_loss(
    result: QuestionResult, notebook: SourceNotebook, test: SourceCell, lost: frozenset[str]
) -> QuestionResult:
    """The result, which is MISSING where nothing stands for the answers right before the test."""
    if result.score != 0 or result.verdict not in (Verdict.MISSING, Verdict.ERROR):
        return result
    answers: list[str] = []
    for cell in reversed(notebook.cells[: notebook.cells.index(test)]):
        if answers and cell.kind != "solution":
            break
        if cell.kind == "solution":
            answers.insert(0, cell.grade_id)
    gone = [name for name in answers if name in lost]
    if not gone:
        return result
    names = f"cell {gone[0]} is" if len(gone) == 1 else f"cells {' and '.join(gone)} are"
    message = f"The {names} not in the notebook. {result.message}"
    return replace(result, verdict=Verdict.MISSING, message=message)


def _judge_outside(
    job: Job,
    notebook: SourceNotebook,
    cell: SourceCell,
    run: CellRun,
    execution: Execution,
    student: str,
) -> QuestionResult:
    assert job.grader is not None
    carried = [check for check in job.grader.carried if check.grade_id == cell.grade_id]
    checks = [*job.grader.of(cell.grade_id), *carried]
    observed = {
        check.part: execution.observed[cell.grade_id, check.group]
        for check in checks
        if (cell.grade_id, check.group) in execution.observed
    }
    references = {}
    for check in checks:
        who = student if check.per_student else ""
        encoded = job.references.get((cell.grade_id, check.group, who), ())
        references[check.part] = tuple(decode_value(payload) for payload in encoded)
    return judge_outside(job.grader, cell, notebook.name, run, observed, references, student)


def _add_up(run: RunRecord, execution: Execution) -> RunRecord:
    worse = run.outcome if run.outcome is not Outcome.COMPLETED else execution.outcome
    return replace(
        run,
        wall_s=round(run.wall_s + execution.wall_s, 4),
        cpu_s=round(run.cpu_s + execution.cpu_s, 4),
        peak_mb=round(max(run.peak_mb, execution.peak_mb), 1),
        outcome=worse,
        message=run.message or execution.message,
    )


def faulty(job: Job, submission: Submission, fault: str) -> GradeReport:
    """The report of a submission that the grader itself failed on: no score, never a zero."""
    questions = tuple(
        QuestionResult(
            grade_id=cell.grade_id,
            notebook=notebook.name,
            score=None,
            max_score=cell.points or 0.0,
            verdict=Verdict.GRADER_ERROR,
            evidence=Evidence.OUTSIDE,
            message=fault,
        )
        for notebook in job.notebooks
        for cell in notebook.graded
    )
    return GradeReport(
        student=submission.student,
        problem_set=job.name,
        timestamp=submission.timestamp.isoformat() if submission.timestamp else None,
        questions=questions,
        group=submission.group,
        run=RunRecord(
            outcome=Outcome.GRADER_ERROR, message=fault, boxed=job.walls and not job.without
        ),
    )


def digests_of(job: Job, submission: Submission) -> dict[str, str]:
    """The digests of all that decides a submission's score."""
    total = sha256()
    for path in (*submission.notebooks.values(), *submission.files):
        total.update(path.relative_to(submission.folder).as_posix().encode() + b"\0")
        try:
            total.update(sha256(path.read_bytes()).digest())
        except OSError as error:
            total.update(str(error.errno).encode())
    stamp = submission.timestamp.isoformat() if submission.timestamp else ""
    total.update(stamp.encode())
    if submission.group:
        total.update("\0".join(("", *submission.group)).encode())
    known = references_to_json(references_for(job.references, submission.owner))
    reference = sha256(known.encode()).hexdigest() if job.references else ""
    return {"submission": total.hexdigest(), **job.digests, "reference": reference}


def _notebook_bytes(document: Any) -> bytes:
    """An executed notebook as nbformat writes it."""
    from nbformat.v4 import nbjson

    text: str = nbjson.JSONWriter().writes(document) + "\n"
    return text.encode("utf-8", "replace")


def _seed(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:4], "big")


# ------------------------------------------------------------------ what a box is asked


def _observations(job: Job, notebook: SourceNotebook, student: str) -> list[Observation]:
    if job.grader is None:
        return []
    made = []
    for cell in notebook.graded:
        for check in job.grader.observed(cell.grade_id):
            cases = encoded_cases(job.grader, check, student if check.per_student else "")
            made.append(observation_of(check, cases))
    return made


def observation_of(check: Check, cases: tuple[bytes, ...]) -> Observation:
    """What a box is asked to evaluate for a check, on encoded cases."""
    return Observation(
        grade_id=check.grade_id,
        part=check.part,
        observe=check.observe,
        cases=cases,
        seconds=check.seconds,
    )


def encoded_cases(grader: ProblemSet, check: Check, student: str) -> tuple[bytes, ...]:
    """A check's cases as a box takes them; raises CourseError for what is not plain data."""
    try:
        return tuple(encode_value(dict(c.arguments)) for c in check.cases(grader.name, student))
    except (TypeError, ValueError) as error:
        raise CourseError(
            f"{check.file}:{check.line}: an argument of the check of {check.grade_id!r} is not "
            f"plain data ({error}); draw numbers, strings, lists or arrays."
        ) from error


# ------------------------------------------------------------------ the reference solution


def run_reference(job: Job, students: Iterable[str], workshop: Workshop) -> dict[Any, Any]:
    """The reference solution's values for every check, from a box of its own.

    Returns what `Job.references` holds. Raises CourseError where a cell of a source notebook
    fails, or where a check's expression does; a grader's process that is lost is tried once more.
    """
    everyone = tuple(students)
    try:
        return _run_reference(job, everyone, workshop)
    except ZygoteDied:
        workshop.discard()
    try:
        return _run_reference(job, everyone, workshop)
    except ZygoteDied as error:
        raise CourseError(
            f"the grader's own process was lost twice while it ran the reference solution of "
            f"{job.name} ({error}); look for what kills processes here, then try again."
        ) from error


def _run_reference(job: Job, students: Iterable[str], workshop: Workshop) -> dict[Any, Any]:
    from dfl_grading.execute import execute

    if job.grader is None:
        return {}
    values: dict[tuple[str, str, str], tuple[bytes, ...]] = {}
    everyone = tuple(sorted(students))
    for notebook in job.notebooks:
        wanted = []
        for cell in notebook.graded:
            for check in job.grader.observed(cell.grade_id):
                if _needs_solution(job.grader, check):
                    wanted += _reference_observations(job.grader, check, everyone)
        execution = execute(
            notebook.document,
            workshop.zygote(job, notebook),
            job.limits,
            observations=[observation for _, observation in wanted],
            files=job.files,
            seed=_seed(job.name),
        )
        _refuse_failed_run(notebook, execution)
        for student, observation in wanted:
            key = (observation.grade_id, observation.part)
            values[observation.grade_id, observation.part.split("\0")[0], student] = tuple(
                _usable(seen, notebook, observation.grade_id)
                for seen in execution.observed.get(key, _NEVER)
            )
    return values


def _needs_solution(grader: ProblemSet, check: Check) -> bool:
    """Whether an observation is made on the reference solution too: one of the parts that share
    it is judged against the solution."""
    shared = (one for one in grader.of(check.grade_id) if one.group == check.group)
    return any(_is_solution(one.reference) for one in (check, *shared))


def _is_solution(reference: Any) -> bool:
    return isinstance(reference, str) and reference == SOLUTION


def wanted_references(job: Job, students: Iterable[str]) -> set[tuple[str, str, str]]:
    """The keys of the reference values that these students are judged by."""
    if job.grader is None:
        return set()
    everyone = tuple(students)
    return {
        (check.grade_id, check.group, student)
        for check in (*job.grader.checks, *job.grader.carried)
        if check.part == check.group and _needs_solution(job.grader, check)
        for student in (everyone if check.per_student else ("",))
    }


def hold_draws(job: Job, students: Iterable[str]) -> None:
    """Draw every hidden argument that these students will be asked with.

    Raises GraderFileError or CourseError, with file and line, where that fails.
    """
    if job.grader is None:
        return
    everyone = tuple(students)
    for check in job.grader.checks:
        for student in everyone if check.per_student else ("",):
            encoded_cases(job.grader, check, student)


def _reference_observations(
    grader: ProblemSet, check: Check, students: Sequence[str]
) -> list[tuple[str, Observation]]:
    made = []
    for student in students if check.per_student else ("",):
        observation = observation_of(check, encoded_cases(grader, check, student))
        made.append((student, replace(observation, part=f"{check.part}\0{student}")))
    return made


_NEVER = (Observed(value=Raised("KILLED", "its cell never ran")),)


def _refuse_failed_run(notebook: SourceNotebook, execution: Execution) -> None:
    for cell in execution.document.cells:
        for output in cell.get("outputs", ()):
            meant = "raises-exception" in cell.metadata.get("tags", ())
            if output["output_type"] == "error" and not meant:
                where = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", "?")
                raise CourseError(
                    f"{notebook.path}: the reference solution fails in cell {where!r} with "
                    f"{_named(output['ename'], output['evalue'])}; mend the source notebook."
                )
    if execution.outcome is not Outcome.COMPLETED:
        raise CourseError(
            f"{notebook.path}: the reference solution was stopped: {execution.message}; mend it "
            f"or raise its limits in course.toml."
        )


def _usable(seen: Observed, notebook: SourceNotebook, grade_id: str) -> bytes:
    """The bytes of a reference value; raises CourseError where it is none."""
    if isinstance(seen.value, Raised):
        raise CourseError(
            f"{notebook.path}: the check of {grade_id!r} fails on the reference solution with "
            f"{_named(seen.value.name, seen.value.message)}; mend the check or the solution."
        )
    if isinstance(seen.value, Ungradeable):
        raise CourseError(
            f"{notebook.path}: the check of {grade_id!r} observes a {seen.value.type_name}, which "
            f"cannot be graded; observe numbers, strings, containers or arrays."
        )
    return take_item(seen.payload, "value")


def _named(name: str, message: str) -> str:
    """An error in one line."""
    said = " ".join(message.split())[:200]
    return f"{name}: {said}" if said else name


def references_for(references: References, student: str) -> dict[Any, Any]:
    """The reference values that one student is judged by."""
    return {key: values for key, values in references.items() if key[2] in ("", student)}


# ------------------------------------------------------------------ what to import beforehand

_WARM = frozenset(
    {"numpy", "scipy", "matplotlib", "pandas", "sympy", "sklearn", "torch", "networkx"}
)


def imported_modules(notebooks: Sequence[SourceNotebook]) -> tuple[str, ...]:
    """The well-known scientific modules that the source notebooks import, in order."""
    found: dict[str, None] = {}
    for notebook in notebooks:
        for cell in notebook.document["cells"]:
            if cell["cell_type"] == "code":
                found.update(dict.fromkeys(_imports(cell["source"])))
    return tuple(name for name in found if name.split(".")[0] in _WARM)


def _imports(source: str) -> list[str]:
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.append(node.module)
    return found


def references_to_json(references: References) -> str:
    """References as text for the cache; `references_from_json` reads it back."""
    from base64 import b64encode

    rows = [[*key, [b64encode(v).decode() for v in references[key]]] for key in sorted(references)]
    return json.dumps(rows)


def references_from_json(text: str) -> dict[tuple[str, str, str], tuple[bytes, ...]]:
    """What `references_to_json` wrote. Raises ValueError for anything else."""
    from base64 import b64decode

    try:
        return {
            (grade_id, part, student): tuple(b64decode(value) for value in values)
            for grade_id, part, student, values in json.loads(text)
        }
    except (TypeError, KeyError) as error:
        raise ValueError(f"not a cache of references: {error}") from error
