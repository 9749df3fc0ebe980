"""What becomes of each attempt: it lands, it is kept as an older one, or it is there already.

Student by student, so that one whose folder is out of order stops no other.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from dfl_grading.archives import BadMember, Bounds, list_contents, printable, read_members
from dfl_grading.attempts import Attempt, Key, in_order
from dfl_grading.course_file import ProblemSetConfig
from dfl_grading.errors import CourseError
from dfl_grading.hand_ins import parse_timestamp
from dfl_grading.landing import (
    TIMESTAMP,
    Remembered,
    build,
    keep,
    land,
    read_memory,
    why_no_place,
    write_memory,
)

if TYPE_CHECKING:
    from dfl_grading.course import Course

__all__ = ["Desk", "HandIn", "Refused", "Settled", "Spooled", "digest_of", "settle"]


@dataclass(frozen=True, kw_only=True)
class HandIn:
    """One hand-in and where it is now: `folder` is relative to the course.

    `timestamp` is as in its `timestamp.txt` (UTC); `time_from` is "name", "archive", "file" or
    "due date". `late` is against the problem set's due date.
    """

    student: str
    folder: str
    timestamp: str
    time_from: str
    late: bool
    files: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What was not collected, from where, and why."""

    name: str
    why: str
    source: str


@dataclass(frozen=True)
class Spooled:
    """The bytes of one file: their digest, and where they lie (nowhere in a dry run)."""

    digest: str
    path: Path | None


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of the attempts: `collected` is in `submitted/`, `older` is kept elsewhere."""

    collected: tuple[HandIn, ...] = ()
    older: tuple[HandIn, ...] = ()
    unchanged: tuple[HandIn, ...] = ()
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Present:
    """A hand-in on the disk: its folder, its files' digests, its time and its place in order."""

    folder: Path
    files: Mapping[str, str]
    time: datetime
    sent: datetime


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What settling needs. `kept` is the folder of older hand-ins, by student.

    `names` are those of the sources by their number. Without a `stage` nothing is written.
    """

    course: Course
    config: ProblemSetConfig
    notebooks: tuple[str, ...]
    kept: Path
    zone: tzinfo
    bounds: Bounds
    names: tuple[str, ...]
    stage: Path | None
    spooled: Mapping[Key, Spooled]

    def place_of(self, student: str) -> Path:
        """`submitted/<student>/<problem set>`."""
        return self.course.submitted_folder / student / self.config.name

    def digests(self, attempt: Attempt) -> dict[str, str]:
        """The digests of an attempt's files by name."""
        return {name: self.spooled[key].digest for name, key in attempt.files.items()}

    def path(self, key: Key) -> Path:
        """Where bytes lie now; nowhere in a dry run."""
        return self.spooled[key].path or Path()

    def as_present(self, attempt: Attempt) -> _Present:
        """An attempt as what it will be on the disk."""
        return _Present(
            folder=self.place_of(attempt.student),
            files=self.digests(attempt),
            time=attempt.time,
            sent=attempt.sent,
        )

    def is_late(self, time: datetime) -> bool:
        """Whether a time is after the due date."""
        return self.config.due is not None and time > self.config.due

    def hand_in(self, attempt: Attempt, folder: Path, more: Iterable[str] = ()) -> HandIn:
        """What is told of an attempt that is now in a folder, with `more` files."""
        return HandIn(
            student=attempt.student,
            folder=_relative(folder, self.course.root),
            timestamp=_stamp(attempt.time),
            time_from=attempt.time_from,
            late=self.is_late(attempt.time),
            files=tuple(sorted({*attempt.files, *more})),
            source=self.names[attempt.place],
        )


@dataclass
class _Outcome:
    """What becomes of the attempts, as it is found."""

    memory: dict[str, Remembered]
    collected: list[HandIn] = field(default_factory=list)
    older: list[HandIn] = field(default_factory=list)
    unchanged: list[HandIn] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def digest_of(pieces: Iterable[bytes], path: Path | None = None) -> str:
    """Write bytes to a file, if there is one, and return their SHA-256 in hex."""
    digest = sha256()
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(path.open("wb")) if path else None
        for piece in pieces:
            digest.update(piece)
            if file is not None:
                file.write(piece)
    return digest.hexdigest()


def settle(desk: Desk, attempts: Sequence[Attempt]) -> Settled:
    """Land, keep or leave out every attempt; what cannot land is refused by name."""
    outcome = _Outcome(read_memory(desk.kept))
    before = dict(outcome.memory)
    by_student: dict[str, list[Attempt]] = {}
    for attempt in sorted(attempts, key=in_order):
        by_student.setdefault(attempt.student, []).append(attempt)
    for student, mine in by_student.items():
        why = why_no_place(desk.course.submitted_folder, student, desk.config.name)
        try:
            if not why:
                _settle_one(desk, outcome, mine)
        except OSError as error:
            why = f"cannot land: {_fault_of(error)}; mend it and collect again"
        except CourseError as error:
            why = f"cannot land: {error}"
        if why:
            source = desk.names[mine[-1].place]
            outcome.refused.append(Refused(name=printable(student), why=why, source=source))
    if desk.stage is not None and outcome.memory != before:
        write_memory(desk.kept, outcome.memory)
    return Settled(
        collected=tuple(outcome.collected),
        older=tuple(outcome.older),
        unchanged=tuple(outcome.unchanged),
        refused=tuple(outcome.refused),
        notes=tuple(outcome.notes),
    )


def _fault_of(error: OSError) -> str:
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        return str(error.args[0][-1][-1])
    return f"{error.strerror or error} ({error.filename})"


def _settle_one(desk: Desk, outcome: _Outcome, attempts: Sequence[Attempt]) -> None:
    """Settle one student's attempts, the oldest first."""
    student = attempts[0].student
    place, kept_folder = desk.place_of(student), desk.kept / student
    present = _read_present(desk, place, outcome.memory.get(student))
    kept = _read_kept(desk, kept_folder)
    fresh, known = _sort_out(desk, attempts, present, kept)
    for attempt, folder in known:
        outcome.unchanged.append(desk.hand_in(attempt, folder))
        if folder == place:
            outcome.memory.setdefault(student, _remember(attempt))
    if not fresh:
        return
    lands = present is None or present.sent <= fresh[-1].sent
    behind = fresh[:-1] if lands else fresh
    for attempt in behind:
        folder = kept_folder / _folder_name(attempt.time)
        if desk.stage is not None:
            files = {name: desk.path(key) for name, key in attempt.files.items()}
            made = build(desk.stage, files, _stamp(attempt.time))
            folder = keep(made, kept_folder, folder.name)
        outcome.older.append(desk.hand_in(attempt, folder))
    if lands:
        carried = _carry(desk, fresh[-1], behind, present)
        if present is not None:
            outcome.older.append(_keep_present(desk, student, present, kept))
        _land_newest(desk, outcome, fresh[-1], carried)


def _sort_out(
    desk: Desk,
    attempts: Sequence[Attempt],
    present: _Present | None,
    kept: Sequence[_Present],
) -> tuple[list[Attempt], list[tuple[Attempt, Path]]]:
    """The attempts that are new, the oldest first, and those that are there already, and where."""
    fresh: list[Attempt] = []
    known: list[tuple[Attempt, Path]] = []
    there = [*kept, *([present] if present is not None else [])]
    for attempt in attempts:
        same = _find_same(desk, attempt, there)
        if same is not None:
            known.append((attempt, same.folder))
        elif attempt.depth and _is_copy(desk, attempt, attempts):
            known.append((attempt, desk.place_of(attempt.student)))
        else:
            fresh.append(attempt)
            there.append(desk.as_present(attempt))
    if not fresh and present is None:
        # Somebody took it out of submitted/ by hand: the newest of all lands again.
        fresh = [attempts[-1]]
        known = [(attempt, folder) for attempt, folder in known if attempt is not attempts[-1]]
    return fresh, known


def _find_same(desk: Desk, attempt: Attempt, there: Sequence[_Present]) -> _Present | None:
    """The hand-in of the same time, or next to it in order, that has all of an attempt's files.

    To send the same again is no new hand-in; to go back to an older answer is one.
    """
    files = desk.digests(attempt).items()
    before = max((one.sent for one in there if one.sent < attempt.sent), default=None)
    after = min((one.sent for one in there if one.sent > attempt.sent), default=None)
    near = (before, attempt.sent, after)
    for one in there:
        is_near = one.time == attempt.time or one.sent in near
        if is_near and files <= one.files.items():
            return one
    return None


def _is_copy(desk: Desk, attempt: Attempt, attempts: Sequence[Attempt]) -> bool:
    """Whether what was handed in twice under one name is the same."""
    files = desk.digests(attempt).items()
    return any(one.depth == 0 and files <= desk.digests(one).items() for one in attempts)


def _land_newest(
    desk: Desk, outcome: _Outcome, newest: Attempt, carried: Mapping[str, Path]
) -> None:
    """Put the newest hand-in in its place; what was there before is kept already."""
    place = desk.place_of(newest.student)
    if desk.stage is not None:
        files = {name: desk.path(key) for name, key in newest.files.items()}
        made = build(desk.stage, {**carried, **files}, _stamp(newest.time))
        land(made, place)
        shutil.rmtree(made, ignore_errors=True)
    outcome.memory[newest.student] = _remember(newest)
    outcome.collected.append(desk.hand_in(newest, place, carried))
    if carried:
        outcome.notes.append(
            f"{printable(newest.student)}: the newest hand-in lacks {', '.join(carried)}, taken "
            f"over from an older one"
        )


def _keep_present(desk: Desk, student: str, present: _Present, kept: Sequence[_Present]) -> HandIn:
    """Keep what is in `submitted/`, unless a run that was killed has kept it already."""
    same = [one for one in kept if one.time == present.time and one.files == present.files]
    folder = desk.kept / student / _folder_name(present.time)
    if same:
        folder = same[0].folder
    elif desk.stage is not None:
        folder = keep(present.folder, folder.parent, folder.name, copy=True)
    return HandIn(
        student=student,
        folder=_relative(folder, desk.course.root),
        timestamp=_stamp(present.time),
        time_from="file",
        late=desk.is_late(present.time),
        files=tuple(sorted(present.files)),
        source=_relative(present.folder, desk.course.root),
    )


def _carry(
    desk: Desk, newest: Attempt, behind: Sequence[Attempt], present: _Present | None
) -> dict[str, Path]:
    """The notebooks that the newest hand-in lacks, from older ones: no answer gets lost because
    a student sent only what had changed."""
    carried: dict[str, Path] = {}
    for notebook in desk.notebooks:
        name = f"{notebook}.ipynb"
        # A notebook with a strange name may be the missing one.
        if name in newest.files or newest.strange:
            continue
        older = next((one for one in reversed(behind) if name in one.files), None)
        if older is not None:
            carried[name] = desk.path(older.files[name])
        elif present is not None and name in present.files:
            carried[name] = present.folder / name
    return carried


def _remember(attempt: Attempt) -> Remembered:
    return Remembered(
        form=attempt.form.value,
        owner=attempt.owner.key,
        timestamp=_stamp(attempt.time),
        sent=attempt.sent.isoformat(),
    )


def _read_kept(desk: Desk, kept: Path) -> list[_Present]:
    if not kept.is_dir():
        return []
    folders = sorted(path for path in kept.iterdir() if not path.name.startswith("."))
    found = (_read_present(desk, folder, None) for folder in folders)
    return [one for one in found if one is not None]


def _read_present(desk: Desk, folder: Path, memory: Remembered | None) -> _Present | None:
    """The hand-in in a folder; None where there is no folder."""
    if not folder.is_dir():
        return None
    contents = list_contents(folder, desk.zone, desk.bounds)
    files: dict[str, str] = {}
    for member, pieces in read_members(contents, {member.number for member in contents.members}):
        with contextlib.suppress(BadMember):
            files[member.name] = digest_of(pieces)
    files.pop(TIMESTAMP, None)
    time = _read_time(folder) or max(
        (member.time for member in contents.members if member.time), default=contents.time
    )
    sent = time
    if memory is not None and memory.timestamp == _stamp(time):
        with contextlib.suppress(ValueError):
            sent = datetime.fromisoformat(memory.sent)
    return _Present(folder=folder, files=files, time=time.replace(microsecond=0), sent=sent)


def _read_time(folder: Path) -> datetime | None:
    path = folder / TIMESTAMP
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            time = parse_timestamp(file.read(200).decode("utf-8", "replace").strip())
    except OSError:
        return None
    return None if time is None else time.replace(tzinfo=UTC)


def _stamp(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _folder_name(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H-%M-%SZ}"


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
