"""What a student gets back: one self-contained page for each notebook.

The score, what a person said, and the executed notebook with each message beside its cell. A page
stands where nbgrader's own would, so that `nbgrader release_feedback` hands it out. The reports
say what was graded, the gradebook what a person said since; a page that would be the same is
left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from zoneinfo import ZoneInfo

from markupsafe import Markup

from dfl_grading.autograded import REPORT, read_report, write_whole
from dfl_grading.errors import CourseError, StoreError
from dfl_grading.inert import show_markdown
from dfl_grading.lateness import settle_late
from dfl_grading.model import (
    NO_RESPONSE,
    Evidence,
    GradeReport,
    Lateness,
    Outcome,
    QuestionResult,
    Verdict,
)
from dfl_grading.page import TEMPLATES, TONES, render
from dfl_grading.shown import Secrets, ShownCell, show_cells
from dfl_grading.source import Delimiters, UnreadableNotebook, parse_notebook
from dfl_grading.wording import MARKS, format_duration, format_points, format_share, shorten

if TYPE_CHECKING:
    from dfl_grading.course import Course, ProblemSetConfig
    from dfl_grading.store import ScoreRow

__all__ = ["FeedbackPage", "Sheet", "make_feedback", "render_feedback"]

_BESIDE: Final = ("timestamp.txt", "submission_secret.txt")
"""What nbgrader's `release_feedback` looks for beside the pages."""
_NAME: Final = 80
_MESSAGE: Final = 1000
_COMMENT: Final = 20_000
_MOST_REPAIRS: Final = 100

_WORDS: Final[Mapping[Verdict, str]] = {
    Verdict.PASSED: "Correct",
    Verdict.PARTIAL: "Partly correct",
    Verdict.FAILED: "Not correct",
    Verdict.ERROR: "Stopped with an error",
    Verdict.TIMEOUT: "Took too long",
    Verdict.MEMORY: "Used too much memory",
    Verdict.OUTPUT: "Printed too much",
    Verdict.KILLED: "Its process ended",
    Verdict.MISSING: "No answer found",
    Verdict.MANUAL: "Waits for a person",
    Verdict.GRADER_ERROR: "Could not be graded yet",
}
_EVIDENCE: Final[Mapping[Evidence, str]] = {
    Evidence.OUTSIDE: "judged by its result",
    Evidence.IN_KERNEL: "judged by tests in your notebook",
    Evidence.MANUAL: "",
}
_ENDS: Final[Mapping[Outcome, str]] = {
    Outcome.TIMEOUT: "The notebook was stopped, because it took too long.",
    Outcome.MEMORY: "The notebook was stopped, because it needed too much memory.",
    Outcome.OUTPUT: "The notebook was stopped, because it printed too much.",
    Outcome.KILLED: "The notebook’s process ended before its last cell.",
    Outcome.UNREADABLE: "A notebook could not be read.",
    Outcome.GRADER_ERROR: "Something went wrong that is not your fault: a person will look at it.",
}


class Watcher(Protocol):
    """Who is told how far the work has come."""

    def advance(self, count: int = 1) -> None:
        """So many more submissions are done."""


@dataclass(frozen=True, kw_only=True)
class FeedbackPage:
    """One page, and whether it had to be written."""

    student: str
    problem_set: str
    notebook: str
    path: Path
    changed: bool


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All that is known of one graded submission; `row` and `comments` are the gradebook's."""

    title: str
    course: str
    timezone: str
    report: GradeReport
    row: ScoreRow | None
    comments: Mapping[tuple[str, str], str]
    delimiters: Delimiters


@dataclass(frozen=True, kw_only=True)
class _Part:
    name: str
    tone: str
    mark: str
    words: str
    points: str
    most: str
    message: str


@dataclass(frozen=True, kw_only=True)
class _Question:
    """A graded cell as a page shows it; `score` is None while nobody has decided."""

    number: int
    name: str
    notebook: str
    tone: str
    mark: str
    words: str
    score: float | None
    max_score: float
    points: str
    most: str
    message: str
    parts: tuple[_Part, ...]
    evidence: str
    extra: str
    comment: Markup
    here: bool = False


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """A cell of the notebook with what was said of it."""

    shown: ShownCell
    question: _Question | None
    comment: Markup
    anchor: str


# ------------------------------------------------------------------ all pages


def make_feedback(
    course: Course,
    names: Sequence[str],
    watch: Callable[[int], AbstractContextManager[Watcher]],
    *,
    students: Sequence[str] = (),
    force: bool = False,
) -> tuple[FeedbackPage, ...]:
    """Write the pages of all graded submissions of the named problem sets (of all if none is).

    `watch(total)` is entered while pages are made. Raises CourseError where nothing is graded
    and StoreError where the gradebook cannot be read or a page cannot be written.
    """
    from dfl_grading.store import Store

    graded = [(config, _graded(course, config.name, students)) for config in course.chosen(names)]
    missing = [config.name for config, folders in graded if not folders]
    if not any(folders for _, folders in graded) or (names and missing):
        whose = f" by {', '.join(students)}" if students else ""
        raise CourseError(
            f"nothing is graded{whose} of {', '.join(missing) or course.root}; run 'dfl grade' "
            f"first."
        )
    pages: list[FeedbackPage] = []
    own = _digest_of_program()
    with (
        Store(course.database_url, course.course_id, create=False) as store,
        watch(sum(len(folders) for _, folders in graded)) as watcher,
    ):
        settle_late(course, store)
        for config, folders in graded:
            if not folders:
                continue
            rows = {row.student: row for row in store.scores(config.name)}
            comments = store.comments(config.name)
            for student, folder in folders.items():
                sheet = _sheet(course, config, folder, rows.get(student), comments.get(student, {}))
                if sheet is not None:
                    pages += _write_pages(course, student, folder, sheet, own, force)
                watcher.advance()
    return tuple(pages)


def _graded(course: Course, problem_set: str, students: Sequence[str]) -> dict[str, Path]:
    """The autograded folders of a problem set that hold a report, by student."""
    return {
        name: folder
        for name, folder in course.autograded_folders(problem_set).items()
        if (folder / REPORT).is_file() and (not students or name in students)
    }


def _sheet(
    course: Course,
    config: ProblemSetConfig,
    folder: Path,
    row: ScoreRow | None,
    comments: Mapping[tuple[str, str], str],
) -> Sheet | None:
    report = read_report(folder)
    if report is None:
        return None
    return Sheet(
        title=config.title or config.name,
        course=course.title,
        timezone=course.timezone,
        report=report,
        row=row,
        comments=comments,
        delimiters=course.delimiters,
    )


def _write_pages(
    course: Course, student: str, folder: Path, sheet: Sheet, own: str, force: bool
) -> Iterator[FeedbackPage]:
    target = course.feedback_folder(student, sheet.report.problem_set)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in _BESIDE:
            _copy(folder / name, target / name)
        for notebook in _notebooks(sheet.report, folder):
            data = _read(folder / f"{notebook}.ipynb")
            path = target / f"{notebook}.html"
            digest = _digest(sheet, notebook, data, own)
            changed = force or _digest_in(path) != digest
            if changed:
                text = render_feedback(sheet, notebook, _parse(data))
                marked = text.replace("<html", f"<!-- dfl feedback {digest} -->\n<html", 1)
                write_whole(path, marked.encode("utf-8", "replace"), mode=0o644)
            yield FeedbackPage(
                student=student,
                problem_set=sheet.report.problem_set,
                notebook=notebook,
                path=path,
                changed=changed,
            )
    except OSError as error:
        raise StoreError(
            f"{error.filename or target} cannot be written ({error.strerror}); free space or mend "
            f"permissions, then run 'dfl feedback' again."
        ) from error


def _notebooks(report: GradeReport, folder: Path) -> list[str]:
    """The notebooks of a submission: those with graded cells in order, then the others."""
    names = [question.notebook for question in report.questions]
    names += sorted(path.stem for path in folder.glob("*.ipynb"))
    return [name for name in dict.fromkeys(names) if name and Path(name).name == name]


def _copy(path: Path, target: Path) -> None:
    data = _read(path)
    if data is not None and _read(target) != data:
        write_whole(target, data, mode=0o644)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _parse(data: bytes | None) -> Mapping[str, Any] | None:
    try:
        return None if data is None else parse_notebook(data)[0]
    except UnreadableNotebook:
        return None


# ------------------------------------------------------------------ up to date or not

_DIGEST: Final = re.compile(rb"<!-- dfl feedback ([0-9a-f]{64}) -->")


def _digest_of_program() -> str:
    """A digest of all that decides how a page looks."""
    here = Path(__file__).parent
    rooms = ("feedback", "shown", "inert", "formula", "page", "wording")
    files = [here / f"{room}.py" for room in rooms]
    files += [TEMPLATES / n for n in ("base.html.j2", "feedback.html.j2", "style.css", _STYLE)]
    total = sha256()
    for path in files:
        total.update(path.read_bytes())
    return total.hexdigest()


def _digest(sheet: Sheet, notebook: str, data: bytes | None, own: str) -> str:
    said = sorted((*question, text) for question, text in sheet.comments.items())
    parts = [own, notebook, sheet.title, sheet.course, sheet.timezone, repr(sheet.delimiters)]
    parts += [sheet.report.to_json(), repr(sheet.row), json.dumps(said)]
    total = sha256("\0".join(parts).encode("utf-8", "backslashreplace"))
    total.update(data or b"\0missing")
    return total.hexdigest()


def _digest_in(path: Path) -> str:
    try:
        with path.open("rb") as file:
            match = _DIGEST.search(file.read(300))
    except OSError:
        return ""
    return match[1].decode() if match else ""


# ------------------------------------------------------------------ one page

_STYLE: Final = "feedback.css"


def render_feedback(sheet: Sheet, notebook: str, document: Mapping[str, Any] | None) -> str:
    """The page of one notebook; `document` is what `source.parse_notebook` gives, if anything."""
    shown, secrets = show_cells(document, sheet.delimiters) if document else ((), Secrets())
    cells: dict[str, ShownCell] = {}
    for cell in shown:
        cells.setdefault(cell.grade_id, cell)
    questions = [
        _describe(sheet, number, question, cells, secrets, notebook)
        for number, question in enumerate(sheet.report.questions, start=1)
    ]
    mine = [question for question in questions if question.notebook == notebook]
    described = _place(sheet, notebook, shown, mine)
    report = sheet.report
    return render(
        "feedback.html.j2",
        {
            "title": shorten(sheet.title, 120),
            "course": shorten(sheet.course, 120),
            "notebook": shorten(notebook, _NAME),
            "student": shorten(report.student, _NAME),
            "group": [shorten(who, _NAME) for who in report.group if who != report.student],
            "handed_in": _moment(report.timestamp, sheet.timezone),
            "total": _total(sheet, questions),
            "others": _others(notebook, questions),
            "questions": mine,
            "notice": _ENDS.get(report.run.outcome, ""),
            "repairs": _repairs(report, notebook),
            "remarks": [cell for cell in described if cell.comment and not cell.question],
            "cells": described,
        },
        styles=(_STYLE,),
    )


def _describe(
    sheet: Sheet,
    number: int,
    result: QuestionResult,
    cells: Mapping[str, ShownCell],
    secrets: Secrets,
    notebook: str,
) -> _Question:
    given = {(q.notebook, q.grade_id): q for q in (sheet.row.questions if sheet.row else ())}
    graded = given.get((result.notebook, result.grade_id))
    by_hand = graded.manual_score if graded else None
    extra = (graded.extra_credit or 0.0) if graded else 0.0
    score = result.score if by_hand is None else by_hand
    cell = cells.get(result.grade_id) if result.notebook == notebook else None
    message, parts = _say_once(result, _message(result, cell, secrets), _parts(result, secrets))
    return _Question(
        number=number,
        name=shorten(result.grade_id, _NAME),
        notebook=result.notebook,
        tone=TONES[result.verdict] if by_hand is None else _tone_of(by_hand, result.max_score),
        mark=MARKS[result.verdict] if by_hand is None else "✓",
        words=_words(result, by_hand),
        score=None if score is None else score + extra,
        max_score=result.max_score,
        points=format_points(None if score is None else score + extra),
        most=format_points(result.max_score),
        message=message,
        parts=parts,
        evidence="" if by_hand is not None or score is None else _EVIDENCE[result.evidence],
        extra=format_points(extra) if extra else "",
        comment=_comment(sheet, result.notebook, result.grade_id),
        here=cell is not None,
    )


def _tone_of(score: float, most: float) -> str:
    if score >= most:
        return TONES[Verdict.PASSED]
    return TONES[Verdict.PARTIAL if score > 0 else Verdict.FAILED]


def _words(result: QuestionResult, by_hand: float | None) -> str:
    if by_hand is not None:
        return "Graded by a person"
    if result.verdict is Verdict.MANUAL and result.score is not None:
        return "No answer given"
    return _WORDS[result.verdict]


def _message(result: QuestionResult, cell: ShownCell | None, secrets: Secrets) -> str:
    """What the student reads of why: nothing that a hidden test said."""
    if result.verdict is Verdict.GRADER_ERROR:
        return "This is not your fault and cost no points: a person will look at it."
    failed = result.verdict in (Verdict.FAILED, Verdict.ERROR)
    if result.evidence is Evidence.IN_KERNEL and failed:
        if cell is None:
            return "A test failed."
        if cell.hidden and not (cell.failure and cell.failure.released):
            return cell.failure.sentence if cell.failure else "A hidden test failed."
    if result.verdict is Verdict.MANUAL and result.message == NO_RESPONSE:
        return ""
    return shorten(secrets.cut(result.message), _MESSAGE)


def _parts(result: QuestionResult, secrets: Secrets) -> Iterator[_Part]:
    for part in result.parts if len(result.parts) > 1 else ():
        faulty = part.verdict is Verdict.GRADER_ERROR
        yield _Part(
            name=shorten(part.name, _NAME),
            tone=TONES[part.verdict],
            mark=MARKS[part.verdict],
            words=_WORDS[part.verdict],
            points=format_points(part.score),
            most=format_points(part.max_score),
            message="" if faulty else shorten(secrets.cut(part.message), _MESSAGE),
        )


def _say_once(
    result: QuestionResult, message: str, parts: Iterable[_Part]
) -> tuple[str, tuple[_Part, ...]]:
    """The message and the parts, with what both would say left to one of them."""
    made = tuple(parts)
    said = {part.message for part in result.parts}
    if not made or result.verdict is Verdict.GRADER_ERROR:
        return message, made
    if said == {result.message}:
        return message, tuple(replace(part, message="") for part in made)
    if said != {""} and all(words in result.message for words in said):
        return "", made
    return message, made


def _comment(sheet: Sheet, notebook: str, grade_id: str) -> Markup:
    """What was said of a cell, but for what the page says of it anyway.

    Formgrader asks for Markdown; a `<` is shown as it was typed, so that no words are lost.
    """
    text = sheet.comments.get((notebook, grade_id), "").strip()[:_COMMENT]
    return Markup("") if text in ("", NO_RESPONSE) else show_markdown(text, tags=False)


def _place(
    sheet: Sheet, notebook: str, shown: Sequence[ShownCell], questions: Sequence[_Question]
) -> list[_Cell]:
    """Each cell with its question and comment; a second cell of one id gets neither."""
    waiting = {
        sheet.report.questions[question.number - 1].grade_id: question for question in questions
    }
    seen: set[str] = set()
    made = []
    for number, cell in enumerate(shown, start=1):
        is_first = bool(cell.grade_id) and cell.grade_id not in seen
        seen.add(cell.grade_id)
        question = waiting.get(cell.grade_id) if is_first else None
        comment = _comment(sheet, notebook, cell.grade_id) if is_first else Markup("")
        anchor = f"q-{question.number}" if question else f"cell-{number}"
        made.append(_Cell(shown=cell, question=question, comment=comment, anchor=anchor))
    return made


def _total(sheet: Sheet, questions: Sequence[_Question]) -> dict[str, Any]:
    """The points of the whole problem set as text, and the bar that shows them."""
    scored = [question.score for question in questions if question.score is not None]
    waiting = [question for question in questions if question.score is None]
    most = sum(question.max_score for question in questions)
    penalty = sheet.row.penalty if sheet.row else sheet.report.late.penalty
    score = max(0.0, sum(scored) - penalty)
    open_points = sum(question.max_score for question in waiting)
    return {
        "score": format_points(score),
        "most": format_points(most),
        "share": format_share(min(1.0, score / most)) if most and not waiting else "",
        "bar": f"{100 * min(1.0, score / most) if most else 0:.2f}",
        "open_bar": f"{100 * open_points / most if most else 0:.2f}",
        "waiting": len(waiting),
        "open": format_points(open_points),
        "penalty": format_points(penalty) if penalty else "",
        "before": format_points(sum(scored)),
        "late": _lateness(sheet.report.late),
    }


def _others(notebook: str, questions: Sequence[_Question]) -> list[tuple[str, str, str, bool]]:
    """Each notebook's points, where there is more than one: name, points, most, whether this."""
    names = list(dict.fromkeys(question.notebook for question in questions))
    if len(names) < 2:
        return []
    made = []
    for name in names:
        theirs = [question for question in questions if question.notebook == name]
        points = sum(question.score or 0.0 for question in theirs)
        most = sum(question.max_score for question in theirs)
        shown = shorten(name, _NAME)
        made.append((shown, format_points(points), format_points(most), name == notebook))
    return made


def _lateness(late: Lateness) -> str:
    words = [f"handed in {format_duration(late.seconds)} late"] if late.seconds > 0 else []
    if late.extension_seconds > 0:
        words.append(f"after an extension of {format_duration(late.extension_seconds)}")
    if late.policy:
        words.append(shorten(late.policy, 200))
    return ", ".join(words)


def _repairs(report: GradeReport, notebook: str) -> list[tuple[str, str]]:
    made = [
        (shorten(repair.grade_id or "", _NAME), shorten(repair.what, 300))
        for repair in report.repairs
        if repair.notebook == notebook
    ]
    more = len(made) - _MOST_REPAIRS
    return made[:_MOST_REPAIRS] + ([("", f"and {more} more")] if more > 0 else [])


def _moment(stamp: str | None, timezone: str) -> str:
    """A naive UTC timestamp as the course's clocks show it."""
    try:
        moment = datetime.fromisoformat(stamp or "")
    except ValueError:
        return ""
    local = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(ZoneInfo(timezone))
    return f"{local.day} {local:%B %Y, %H:%M %Z}".strip()
