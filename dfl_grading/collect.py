"""LMS archives and folders to `submitted/`: the newest hand-in of each student, older ones kept.

All names are read and checked before anything is written. What cannot be taken is refused by
name, with the reason, and stops nobody else.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dfl_grading.archives import (
    BadMember,
    Bounds,
    Contents,
    Member,
    list_contents,
    printable,
    read_members,
)
from dfl_grading.attempts import Attempt, Key, Piece, fold, keep_within, make_attempts
from dfl_grading.course_file import ProblemSetConfig, why_unsafe, zone_of
from dfl_grading.errors import CourseError
from dfl_grading.landing import TIMESTAMP, folds_names, read_memory, staging
from dfl_grading.lms_names import (
    Form,
    Label,
    Naming,
    Owner,
    read_names,
    recognise_form,
    recognise_notebook,
)
from dfl_grading.roster import Roster, read_roster
from dfl_grading.settle import Desk, HandIn, Refused, Spooled, digest_of, settle

if TYPE_CHECKING:
    from dfl_grading.course import Course

__all__ = ["CollectOptions", "CollectResult", "HandIn", "Refused", "Source", "collect"]

KEPT: Final = "collected"
"""The folder of hand-ins that are not, or no longer, in `submitted/`."""

_JUNK: Final = ("__MACOSX", "Thumbs.db", "desktop.ini", "._*", ".git", TIMESTAMP)
_MOST_METADATA: Final = 50_000_000
_NAMED: Final = frozenset({Form.CANVAS, Form.MOODLE})
"""Those who name students by their names, so that two may have the same."""


@dataclass(frozen=True, kw_only=True)
class CollectOptions:
    """How to read the names. `form` is "auto" or one of `Form`; a `pattern` goes before it.

    `roster` is a CSV file (see `roster`). With `dry_run` nothing is written.
    """

    form: str = "auto"
    pattern: str = ""
    roster: Path | None = None
    dry_run: bool = False
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, kw_only=True)
class Source:
    """One path (or all single notebooks together) and how its names were read.

    `named` of its `counted` notebooks have names of that form; `chosen` says that the operator
    said so.
    """

    name: str
    form: str
    named: int
    counted: int
    chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class CollectResult:
    """What became of everything that was found.

    `collected` is in `submitted/`, `older` in `collected/`, `unchanged` was there already.
    `passed_over` counts files that belong to no hand-in. Nothing is there yet after a dry run.
    """

    problem_set: str
    dry_run: bool
    sources: tuple[Source, ...]
    collected: tuple[HandIn, ...]
    older: tuple[HandIn, ...]
    unchanged: tuple[HandIn, ...]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]
    passed_over: int


@dataclass
class _Run:
    """One collecting under way."""

    course: Course
    config: ProblemSetConfig
    options: CollectOptions
    zone: tzinfo
    notebooks: tuple[str, ...]
    roster: Roster | None
    contents: list[Contents]
    groups: list[list[int]]
    """The numbers of the contents whose names are read together."""
    folds: bool
    names: Mapping[Key, str]
    sources: list[Source] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    passed_over: int = 0

    def refuse(self, place: int, name: str, why: str) -> None:
        self.refused.append(Refused(name=printable(name), why=why, source=self.name_of(place)))

    def refuse_bytes(self, key: Key, why: str) -> None:
        self.refuse(key[0], self.names[key], why)

    def name_of(self, place: int) -> str:
        return printable(self.contents[place].path.resolve().name)

    @property
    def kept_folder(self) -> Path:
        return self.course.root / KEPT / self.config.name


def collect(
    course: Course,
    problem_set: str,
    paths: Sequence[Path],
    options: CollectOptions | None = None,
) -> CollectResult:
    """Bring the hand-ins in archives, folders and notebooks to `submitted/`.

    Where a student has several, the newest goes there and the others to
    `collected/<problem set>/<student>/<time>/`. Raises CourseError, with nothing written, where a
    path is no archive, the problem set is not known, or a pattern or roster cannot be used.
    """
    options = options or CollectOptions()
    if course.nbgrader.by_problem_set:
        raise CourseError(
            f"dfl collect fills {course.submitted_directory}/<student>/<problem set>/, and this "
            f"course has another CourseDirectory.directory_structure; collect with nbgrader."
        )
    run = _start(course, problem_set, paths, options)
    pieces = [piece for number in range(len(run.groups)) for piece in _read_group(run, number)]
    attempts = _plan(run, _refuse_shared_names(run, pieces))
    with contextlib.ExitStack() as stack:
        stage = None if options.dry_run else stack.enter_context(staging(course, run.config.name))
        spooled = _spool(run, attempts, stage)
        desk = _desk(run, stage, spooled)
        settled = settle(desk, _without_lost(run, attempts, spooled))
    return CollectResult(
        problem_set=run.config.name,
        dry_run=options.dry_run,
        sources=tuple(run.sources),
        collected=settled.collected,
        older=settled.older,
        unchanged=settled.unchanged,
        refused=(*run.refused, *settled.refused),
        notes=tuple(dict.fromkeys([*run.notes, *settled.notes])),
        passed_over=run.passed_over,
    )


def _start(
    course: Course, problem_set: str, paths: Sequence[Path], options: CollectOptions
) -> _Run:
    """Look at everything that was named, before anything is written."""
    (config,) = course.chosen([problem_set])
    zone = zone_of(course.timezone) or UTC
    if options.form not in ("auto", *_forms()):
        raise CourseError(f"--from {options.form} is not known; use auto, {', '.join(_forms())}.")
    _pattern(options.pattern)
    roster = read_roster(options.roster) if options.roster else None
    unique = {path.resolve(): path for path in paths}
    for path in unique:
        _refuse_own_folder(course, path)
    contents = [list_contents(path, zone, options.bounds) for path in unique.values()]
    single = [place for place, one in enumerate(contents) if one.kind == "file"]
    groups = [[place] for place, one in enumerate(contents) if one.kind != "file"]
    run = _Run(
        course=course,
        config=config,
        options=options,
        zone=zone,
        notebooks=tuple(path.stem for path in course.notebook_paths(problem_set)),
        roster=roster,
        contents=contents,
        groups=[*groups, *([single] if single else [])],
        folds=folds_names(course.submitted_folder),
        names={(place, m.number): m.name for place, c in enumerate(contents) for m in c.members},
    )
    for place, one in enumerate(contents):
        run.notes.extend(f"{run.name_of(place)}: {note}" for note in one.notes)
        for name, why in one.refused:
            run.refuse(place, name, why)
    return run


def _forms() -> list[str]:
    return [form.value for form in Form if form is not Form.PATTERN]


def _refuse_own_folder(course: Course, path: Path) -> None:
    submitted = course.submitted_folder.resolve()
    if path == submitted or submitted in path.parents or path in submitted.parents:
        raise CourseError(
            f"{path}: holds or lies in {course.submitted_directory}/, where hand-ins go; name the "
            f"download, and keep it outside."
        )


def _pattern(text: str) -> re.Pattern[str] | None:
    if not text:
        return None
    try:
        made = re.compile(text)
    except re.error as error:
        raise CourseError(f"--pattern is no regular expression: {error}.") from error
    if not {"student_id", "first_name", "last_name"} & set(made.groupindex):
        raise CourseError(
            "--pattern names no student; it needs a group (?P<student_id>…), or first_name and "
            "last_name."
        )
    return made


# -------------------------------------------------------------------------------- whose file it is


def _read_group(run: _Run, number: int) -> Iterator[Piece]:
    """The files of one source that are somebody's."""
    places = run.groups[number]
    found = [(place, member) for place in places for member in run.contents[place].members]
    wanted = [(place, member) for place, member in found if not _is_junk(run, member.name)]
    run.passed_over += len(found) - len(wanted)
    names = [member.name for _, member in wanted]
    naming = _naming(run, number)
    form, said = _read_as(run, names, naming)
    counted = [name for name in names if name.lower().endswith(".ipynb")] or names
    source = Source(
        name=run.name_of(places[0]) if naming.stem else f"{len(places)} single notebooks",
        form=form.value,
        named=sum(isinstance(said[name], Label) for name in counted),
        counted=len(counted),
        chosen=bool(run.options.pattern) or run.options.form != "auto",
    )
    run.sources.append(source)
    if not any(name.lower().endswith(".ipynb") for name in names):
        run.notes.append(f"{source.name}: holds no notebook")
    if any(member.name.split("/")[-1] == TIMESTAMP for _, member in found):
        run.notes.append(f"{source.name}: {TIMESTAMP} of a student is not believed")
    for place, member in wanted:
        label = said[member.name]
        if label is None:
            run.passed_over += 1
        elif isinstance(label, str):
            run.refuse(place, member.name, label)
        else:
            yield from _pieces(run, number, place, member, label, form)


def _read_as(
    run: _Run, names: Sequence[str], naming: Naming
) -> tuple[Form, dict[str, Label | str | None]]:
    """The form that was asked for, or the one that most names have, and what the names say."""
    if naming.pattern is not None:
        form = Form.PATTERN
    elif run.options.form == "auto":
        form, _, _ = recognise_form(names)
    else:
        form = Form(run.options.form)
    return form, read_names(form, names, naming)


def _is_junk(run: _Run, name: str) -> bool:
    patterns = (*_JUNK, *run.course.ignore)
    last = name.split("/")[-1]
    if last.startswith(".") and not last.endswith(".ipynb"):
        return True
    return any(fnmatchcase(part, pattern) for part in name.split("/") for pattern in patterns)


def _naming(run: _Run, number: int) -> Naming:
    one = run.contents[run.groups[number][0]]
    return Naming(
        problem_set=run.config.name,
        notebooks=run.notebooks,
        zone=run.zone,
        students=run.roster.students if run.roster else frozenset(),
        pattern=_pattern(run.options.pattern),
        stem="" if one.kind == "file" else one.stem,
        metadata=_metadata(one),
    )


def _metadata(contents: Contents) -> str:
    """The text of Gradescope's file that says who sent what; empty where there is none."""
    named = [m for m in contents.members if m.name.split("/")[-1] == "submission_metadata.yml"]
    if not named:
        return ""
    first = min(named, key=lambda member: member.name.count("/"))
    if first.size > _MOST_METADATA:
        return ""
    try:
        for _, pieces in read_members(contents, {first.number}):
            return b"".join(pieces).decode("utf-8", "replace")
    except BadMember:
        pass
    return ""


def _pieces(
    run: _Run, number: int, place: int, member: Member, label: Label, form: Form
) -> Iterator[Piece]:
    """A file as its owners' own; refused for those who cannot be told."""
    for owner in label.owners:
        student, why = _student_of(run, owner)
        why = why or (why_unsafe(student) and f"has a student's name that {why_unsafe(student)}")
        if why:
            run.refuse(place, member.name, why)
            continue
        target, known, version = _target(run, label.file)
        yield Piece(
            place=place, member=member, label=label, owner=owner, student=student, form=form,
            group=number, target=target, known=known, version=version,
        )  # fmt: skip


def _student_of(run: _Run, owner: Owner) -> tuple[str, str]:
    """The owner's student id, or why there is none."""
    who = owner.names[0] if owner.names else owner.student or owner.key
    if run.roster is None:
        if owner.student:
            return owner.student, ""
        return "", (
            f"is of {owner.key}, of whom no submission_metadata.yml tells; add it to the archive, "
            f"or give --roster a row with lms_id {owner.key}"
        )
    students, _ = run.roster.find(owner)
    if len(students) == 1:
        return next(iter(students)), ""
    ids = f" ({owner.lms_ids[0]})" if owner.lms_ids and owner.lms_ids[0] != who else ""
    if students:
        several = " or ".join(sorted(students))
        return "", f"is of {who}{ids}, who may be {several} by the roster; give the row its lms_id"
    return "", f"is of {who}{ids}, who is not in the roster {run.roster.path.name}; add a row"


def _target(run: _Run, file: str) -> tuple[str, bool, int]:
    """The name in the hand-in, whether it is a source notebook's, and which version it is."""
    folders, _, name = file.rpartition("/")
    if not name.lower().endswith(".ipynb"):
        return file, False, 0
    found = recognise_notebook(name, run.notebooks)
    name = f"{found[0]}.ipynb" if found else f"{name[:-6]}.ipynb"
    return f"{folders}/{name}" if folders else name, found is not None, found[1] if found else 0


def _refuse_shared_names(run: _Run, pieces: Sequence[Piece]) -> list[Piece]:
    """Drop the files of students whose folder would be shared by two people."""
    shared = {**_two_in_one(run, pieces), **_twins(run, pieces)}
    left = []
    for piece in pieces:
        if piece.student in shared:
            run.refuse(piece.place, piece.member.name, shared[piece.student])
        else:
            left.append(piece)
    return left


def _two_in_one(run: _Run, pieces: Sequence[Piece]) -> dict[str, str]:
    """Why students are refused by whose id two people go."""
    memory = read_memory(run.kept_folder)
    owners: dict[tuple[str, Form], set[str]] = {}
    for piece in pieces:
        if run.roster and run.roster.find(piece.owner)[1]:
            continue
        keys = owners.setdefault((piece.student, piece.form), {piece.owner.key})
        keys.add(piece.owner.key)
        before = memory.get(piece.student)
        if piece.form in _NAMED and before is not None and before.form == piece.form:
            keys.add(before.owner)
    return {
        student: (
            f"goes by the id {student} as {len(keys)} people do ({', '.join(sorted(keys))}); give "
            f"each an id of their own with --roster"
        )
        for (student, _), keys in owners.items()
        if len(keys) > 1
    }


def _twins(run: _Run, pieces: Sequence[Piece]) -> dict[str, str]:
    """Why students are refused whose folders are one on this disk; else they are only noted."""
    submitted = run.course.submitted_folder
    present = [path.name for path in submitted.iterdir()] if submitted.is_dir() else []
    names: dict[str, set[str]] = {}
    for student in {*present, *(piece.student for piece in pieces)}:
        names.setdefault(fold(student), set()).add(student)
    new = {piece.student for piece in pieces}
    alike = [sorted(twins) for twins in names.values() if len(twins) > 1 and twins & new]
    if not run.folds:
        run.notes.extend(f"{' and '.join(twins)} are taken as two students" for twins in alike)
        return {}
    return {
        student: (
            f"is of {student}, and this disk cannot tell {' and '.join(twins)} apart; give them "
            f"other ids with --roster"
        )
        for twins in alike
        for student in twins
    }


# ---------------------------------------------------------------------------------- the attempts


def _plan(run: _Run, pieces: Sequence[Piece]) -> list[Attempt]:
    """What shall land, if its bytes are in order."""
    attempts = make_attempts(pieces, run.contents, due=run.config.due, folds=run.folds)
    left, refused = keep_within(attempts, run.contents, run.options.bounds)
    for key, why in refused:
        run.refuse_bytes(key, why)
    for place in sorted({attempt.place for attempt in left}):
        _note_times(run, place, [attempt for attempt in left if attempt.place == place])
    soon = datetime.now(UTC) + timedelta(days=1)
    ahead = sorted({attempt.student for attempt in left if attempt.sent > soon})
    if ahead:
        run.notes.append(f"the time of {_some(ahead)} lies in the future; mend their {TIMESTAMP}")
    return left


def _note_times(run: _Run, place: int, attempts: Sequence[Attempt]) -> None:
    """Say where the times of one source come from."""
    source, zone = run.name_of(place), run.course.timezone
    words = {attempt.time_from for attempt in attempts}
    numbers = {number for one in attempts for at, number in one.files.values() if at == place}
    members = [m for m in run.contents[place].members if m.number in numbers]
    if "name" in words and attempts[0].form is Form.BLACKBOARD:
        run.notes.append(f"{source}: its times have no zone and are taken in {zone}")
    if "archive" in words:
        zoned = any(member.zoned for member in members)
        how = f", which have no zone and are taken in {zone}" if zoned else ""
        run.notes.append(f"{source}: no times in its names; those of the archive count{how}")
    if "file" in words:
        run.notes.append(f"{source}: no times in its names; those of the files count")
    if "due date" in words:
        count = sum(attempt.time_from == "due date" for attempt in attempts)
        run.notes.append(
            f"{source}: Canvas writes LATE, but not when a hand-in came; {count} without that "
            f"mark count as of the due date"
        )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def _spool(run: _Run, attempts: Sequence[Attempt], stage: Path | None) -> dict[Key, Spooled]:
    """Read every wanted file once, in the order of its archive; refuse what is damaged."""
    wanted = {key for attempt in attempts for key in attempt.files.values()}
    made: dict[Key, Spooled] = {}
    for place, contents in enumerate(run.contents):
        numbers = {number for at, number in wanted if at == place}
        lost = set(numbers)
        for member, pieces in read_members(contents, numbers) if numbers else ():
            lost.discard(member.number)
            path = stage / f".{place}-{member.number}" if stage else None
            try:
                made[place, member.number] = Spooled(digest_of(pieces, path), path)
            except BadMember as error:
                run.refuse(place, member.name, str(error))
        for number in sorted(lost):
            run.refuse_bytes((place, number), "lies behind what is damaged; download it again")
    return made


def _without_lost(
    run: _Run, attempts: Sequence[Attempt], spooled: Mapping[Key, Spooled]
) -> list[Attempt]:
    """The attempts without the files that cannot be read; none that lost all its notebooks."""
    made = []
    for attempt in attempts:
        left = replace(
            attempt, files={name: key for name, key in attempt.files.items() if key in spooled}
        )
        if attempt.notebooks and not left.notebooks:
            for key in left.files.values():
                run.refuse_bytes(key, "came with notebooks that are all refused")
        elif left.files:
            made.append(left)
    return made


def _desk(run: _Run, stage: Path | None, spooled: Mapping[Key, Spooled]) -> Desk:
    return Desk(
        course=run.course,
        config=run.config,
        notebooks=run.notebooks,
        kept=run.kept_folder,
        zone=run.zone,
        bounds=run.options.bounds,
        names=tuple(run.name_of(place) for place in range(len(run.contents))),
        stage=stage,
        spooled=spooled,
    )
