"""Where everything lies: the course folder, its configuration, its paths and its hand-ins.

`course.toml` wins for what it says, `nbgrader_config.py` fills in, nbgrader's defaults do the
rest; a plain nbgrader course needs no `course.toml`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dfl_grading.course_file import (
    COURSE_FILE,
    FOLDERS,
    NBGRADER_FILE,
    CourseFile,
    PointsPolicy,
    ProblemSetConfig,
    Reading,
    Series,
    is_file,
    is_folder,
    read_course_file,
    suggestion,
    why_unsafe,
)
from dfl_grading.errors import CourseError
from dfl_grading.groups import GROUPS_FILE, share, with_groups
from dfl_grading.hand_ins import HandIns, Remark, find_hand_ins
from dfl_grading.late_rules import LateRules
from dfl_grading.model import Limits
from dfl_grading.nbgrader_config import (
    ENDLESS,
    IGNORED,
    NbgraderSettings,
    read_nbgrader_config,
)
from dfl_grading.source import Delimiters

__all__ = [
    "Course",
    "HandIns",
    "PointsPolicy",
    "ProblemSetConfig",
    "Reading",
    "Remark",
    "Series",
    "find_course",
    "load_course",
]


@dataclass(frozen=True, kw_only=True)
class Course:
    """One course folder: what it is called, where things lie, and its problem sets.

    `root` is absolute. `course_id` is nbgrader's, "" by default. `timezone` is a name such as
    "Europe/Berlin". `database_url` is for SQLAlchemy, with relative SQLite paths made absolute.
    The five directories are names relative to the root (or absolute paths). `problem_sets` maps
    names to what is known of them: those of the file in its order, then the others by name.
    """

    root: Path
    database_url: str
    course_id: str = ""
    title: str = ""
    description: str = ""
    series: tuple[Series, ...] = ()
    late: LateRules | None = None
    """The course's own rules; where there are none, nbgrader's late plugin is asked."""
    timezone: str = "UTC"
    source_directory: str = "source"
    release_directory: str = "release"
    submitted_directory: str = "submitted"
    autograded_directory: str = "autograded"
    feedback_directory: str = "feedback"
    problem_sets: Mapping[str, ProblemSetConfig] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    points: PointsPolicy = field(default_factory=PointsPolicy)
    delimiters: Delimiters = field(default_factory=Delimiters)
    ignore: tuple[str, ...] = IGNORED
    """Names and patterns of files that are not part of a hand-in."""
    nbgrader: NbgraderSettings = field(default_factory=NbgraderSettings)
    """What `nbgrader_config.py` says; the fields above hold what counts where both speak."""

    def problem_set(self, name: str) -> ProblemSetConfig:
        """The problem set of that name; raises CourseError, with the nearest name, for none."""
        if name not in self.problem_sets:
            raise CourseError(
                f'there is no problem set "{name}" in {self.root}; '
                f"{suggestion(name, self.problem_sets)}"
            )
        return self.problem_sets[name]

    def chosen(self, names: Iterable[str] = ()) -> tuple[ProblemSetConfig, ...]:
        """The named problem sets in the order given, each once; all of them where none is named.

        A name may also be a path to the problem set's folder, as a shell completes it.
        """
        wanted = dict.fromkeys(name.rstrip("/").split("/")[-1] for name in names)
        return tuple(self.problem_set(name) for name in wanted or self.problem_sets)

    def source_folder(self, problem_set: str) -> Path:
        """`source/<problem set>`."""
        return self.root / self.source_directory / problem_set

    def notebook_paths(self, problem_set: str) -> tuple[Path, ...]:
        """The source notebooks of a problem set, sorted; empty where there are none yet."""
        return _notebooks(self.source_folder(problem_set), self.nbgrader.notebooks)

    def release_folder(self, problem_set: str) -> Path:
        """`release/<problem set>`."""
        return self.root / self.release_directory / problem_set

    def grader_file(self, problem_set: str) -> Path | None:
        """`graders/<problem set>.py` (or with `_` for `-`); None for a plain nbgrader set."""
        folder = self.root / "graders"
        names = dict.fromkeys((problem_set, problem_set.replace("-", "_")))
        found = [folder / f"{name}.py" for name in names if is_file(folder / f"{name}.py")]
        if len(found) > 1:
            raise CourseError(
                f"{found[0]} and {found[1].name} both grade {problem_set}; remove one."
            )
        return found[0] if found else None

    def samples_folder(self, problem_set: str) -> Path:
        """`graders/samples/<problem set>`, the sample submissions filed by their verdict."""
        return self.root / "graders" / "samples" / problem_set

    def autograded_folder(self, student: str, problem_set: str) -> Path:
        """`autograded/<student>/<problem set>`; raises CourseError for a name that would stray."""
        return self._folder_of(self.autograded_directory, student, problem_set)

    def autograded_folders(self, problem_set: str) -> dict[str, Path]:
        """The folders of a problem set in `autograded/`, by student, sorted."""
        top = self.root / self.autograded_directory
        if self.nbgrader.by_problem_set:
            return {path.name: path for path in sorted(top.glob(f"{problem_set}/*"))}
        return {path.parent.name: path for path in sorted(top.glob(f"*/{problem_set}"))}

    def feedback_folder(self, student: str, problem_set: str) -> Path:
        """`feedback/<student>/<problem set>`; raises CourseError for a name that would stray."""
        return self._folder_of(self.feedback_directory, student, problem_set)

    def report_page(self, problem_set: str) -> Path:
        """`reports/<problem set>.html`."""
        return self.root / "reports" / f"{problem_set}.html"

    @property
    def cache_folder(self) -> Path:
        """`.dfl`, for what can be made again at any time."""
        return self.root / ".dfl"

    @property
    def submitted_folder(self) -> Path:
        """`submitted`, whose folders are `<student>/<problem set>`."""
        return self.root / self.submitted_directory

    def submissions(self, problem_set: str, *, student: str = "*") -> HandIns:
        """What was handed in for a problem set, and remarks on what was passed over.

        `student` is a name or a pattern with `*`. Whom `nbgrader_config.py` leaves out is not
        there. One hand-in of a group stands under every member's name. See
        `hand_ins.find_hand_ins`.
        """
        config = self.problem_sets.get(problem_set)
        groups = config.groups if config else ()
        found = find_hand_ins(
            self.submitted_folder,
            problem_set,
            self.ignore,
            student="*" if groups else student,
            by_problem_set=self.nbgrader.by_problem_set,
        )
        if groups:
            found = share(found, groups)
        kept = tuple(
            one
            for one in found.submissions
            if self._is_graded(one.student)
            and (one.student == student or fnmatchcase(one.student, student))
        )
        return found._replace(submissions=kept)

    def _is_graded(self, student: str) -> bool:
        said = self.nbgrader
        return student not in said.left_out and fnmatchcase(student, said.students)

    def _folder_of(self, step: str, student: str, problem_set: str) -> Path:
        why = why_unsafe(student)
        if why:
            raise CourseError(f"the student's name {student!r} {why}; use the folder's name.")
        names = (student, problem_set)
        return Path(self.root, step, *(reversed(names) if self.nbgrader.by_problem_set else names))


def find_course(start: Path) -> Path:
    """The folder of the course that `start` lies in.

    Upwards from `start`, the nearest folder with `course.toml` or `nbgrader_config.py`; where
    there is none, the nearest with `source/`. Raises CourseError where there is none either.
    """
    here = start.absolute()
    if not is_folder(here):
        raise CourseError(f"{start} is not a folder; name the course's folder with --course DIR.")
    upwards = (here, *here.parents)
    for folder in upwards:
        if is_file(folder / COURSE_FILE) or is_file(folder / NBGRADER_FILE):
            return folder
    for folder in upwards:
        if is_folder(folder / "source"):
            return folder
    raise CourseError(
        f"no course in {here} or above it ({COURSE_FILE}, {NBGRADER_FILE} or source/); "
        f"go to a course folder or name one with --course DIR."
    )


def load_course(root: Path) -> Course:
    """The course in a folder, read once and checked.

    Raises CourseError, in one sentence with the remedy, for a folder that is no course and for
    whatever its files say that cannot be used.
    """
    root = root.absolute()
    toml, config = root / COURSE_FILE, root / NBGRADER_FILE
    said = read_course_file(toml) if is_file(toml) else None
    old = read_nbgrader_config(config) if is_file(config) else NbgraderSettings()
    home = (old.root or root).absolute()
    folders = {
        step: (said.folders.get(step) if said else None) or old.folders.get(step) or step
        for step in FOLDERS
    }
    if said is None and not is_file(config) and not is_folder(root / "source"):
        raise CourseError(
            f"{root} is no course: it has no {COURSE_FILE}, {NBGRADER_FILE} or source/; "
            f"name the course's folder with --course DIR."
        )
    said = said or CourseFile()
    limits = _course_limits(said, old)
    return Course(
        root=home,
        course_id=said.course_id if said.course_id is not None else old.course_id or "",
        title=said.title,
        description=said.description,
        series=said.series,
        late=said.late,
        timezone=said.timezone or "UTC",
        database_url=_absolute_url(said.database_url or old.database_url, home),
        **{f"{step}_directory": folder for step, folder in folders.items()},
        problem_sets=with_groups(
            _all_problem_sets(said, limits, home / folders["source"], old.notebooks),
            home / GROUPS_FILE,
        ),
        limits=limits,
        points=said.points,
        delimiters=Delimiters(**{**old.release, **said.release}),
        ignore=old.ignore if old.ignore is not None else IGNORED,
        nbgrader=_without_overruled(old, said),
    )


def _without_overruled(old: NbgraderSettings, said: CourseFile) -> NbgraderSettings:
    """The settings without a note on what `course.toml` says otherwise."""
    if "cell_seconds" not in said.limits:
        return old
    notes = tuple(note for note in old.not_honoured if note[0] != ENDLESS)
    return replace(old, not_honoured=notes)


def _course_limits(said: CourseFile, old: NbgraderSettings) -> Limits:
    limits = Limits()
    if old.cell_seconds == math.inf:
        limits = _with_limits(limits, said.limits)
        own = said.limits.get("cell_seconds", limits.notebook_seconds)
        return replace(limits, cell_seconds=own)
    if old.cell_seconds:
        # nbgrader knows no limit for the notebook: keep the ratio of our own defaults.
        ratio = limits.notebook_seconds / limits.cell_seconds
        limits = replace(
            limits, cell_seconds=old.cell_seconds, notebook_seconds=old.cell_seconds * ratio
        )
    return _with_limits(limits, said.limits)


def _with_limits(limits: Limits, given: Mapping[str, Any]) -> Limits:
    made = replace(limits, **given)
    if "notebook_seconds" not in given and made.notebook_seconds < made.cell_seconds:
        made = replace(made, notebook_seconds=made.cell_seconds)
    return made


def _absolute_url(url: str | None, root: Path) -> str:
    """The database's address; SQLite's relative paths are taken from the course's folder."""
    match = re.fullmatch(
        r"(sqlite(?:\+\w+)?:///)([^/?][^?]*)(\?.*)?", url or "sqlite:///gradebook.db"
    )
    if url and not match:
        return url
    assert match is not None
    scheme, path, options = match.groups()
    return url if url and path == ":memory:" else f"{scheme}{root / path}{options or ''}"


def _all_problem_sets(
    said: CourseFile, limits: Limits, source: Path, pattern: str
) -> dict[str, ProblemSetConfig]:
    """Those of the file in its order, then the folders with notebooks by name."""
    made = {
        config.name: replace(
            config,
            title=config.title or config.name,
            limits=_with_limits(limits, said.own_limits[config.name]),
        )
        for config in said.problem_sets
    }
    for folder in _folders_in(source):
        if folder.name in made or folder.name.startswith("."):
            continue
        if _notebooks(folder, pattern):
            made[folder.name] = ProblemSetConfig(name=folder.name, title=folder.name, limits=limits)
    return made


def _folders_in(source: Path) -> list[Path]:
    try:
        return sorted(source.iterdir()) if is_folder(source) else []
    except OSError as error:
        raise CourseError(
            f"{source}: cannot be read: {error.strerror}; mend its rights."
        ) from error


def _notebooks(folder: Path, pattern: str) -> tuple[Path, ...]:
    return tuple(
        path
        for path in sorted(folder.glob("*.ipynb"))
        if is_file(path) and path.name[0] != "." and fnmatchcase(path.stem, pattern)
    )
