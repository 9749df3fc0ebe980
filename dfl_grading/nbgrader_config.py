"""What an existing course's `nbgrader_config.py` sets, and what of it is not honoured here.

The file is the operator's own Python and is executed. Every option is either taken by something
below, or belongs to a command of nbgrader's that we do not replace, or is named with a remedy.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dfl_grading.course_file import FOLDERS
from dfl_grading.errors import CourseError
from dfl_grading.nbgrader_options import (
    AUTOGRADE_LISTS,
    OPTIONS,
    RELEASE_STEPS,
    is_met,
    remedy_for,
)
from dfl_grading.source import Delimiters

__all__ = [
    "ENDLESS",
    "IGNORED",
    "LatePolicy",
    "NbgraderSettings",
    "importable",
    "read_nbgrader_config",
]

ENDLESS: Final = "Execute.timeout"
"""The option that a course without limits of its own cannot have in full."""

BY_STUDENT: Final = "{nbgrader_step}/{student_id}/{assignment_id}"
BY_PROBLEM_SET: Final = "{nbgrader_step}/{assignment_id}/{student_id}"
"""The two structures of folders that a course may have; the first is nbgrader's default."""

IGNORED: Final = (".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback")
"""Patterns of files that nbgrader leaves out of a hand-in where a course says nothing else."""


@dataclass(frozen=True, kw_only=True)
class LatePolicy:
    """Which of nbgrader's late submission plugins a course uses, and the options of it.

    `plugin` is None for nbgrader's own `LateSubmissionPlugin`, else a class, or an import path
    such as "late_plugin.Hourly". `options` are sections of configuration: values by name.
    """

    plugin: Any = None
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NbgraderSettings:
    """What `nbgrader_config.py` sets of the things that grading needs; None where it is silent.

    `cell_seconds` is infinite where a cell may take as long as it likes. `students` and
    `notebooks` are patterns, `left_out` names students. With `by_problem_set`, a student's folder
    lies in the problem set's, and not the other way round. `steps` are nbgrader's of the release
    with the course's own preprocessors among them (classes, functions or import paths), `options`
    theirs by class. `kept_files` are the names of files, by problem set, where the student's
    counts and not the source's. `late` is None where penalties are turned off. `not_honoured`
    holds pairs of an option and what to do about it.
    """

    course_id: str | None = None
    database_url: str | None = None
    root: Path | None = None
    folders: Mapping[str, str] = field(default_factory=dict)
    release: Mapping[str, Any] = field(default_factory=dict)
    cell_seconds: float | None = None
    kernel_name: str = ""
    ignore: tuple[str, ...] | None = None
    students: str = "*"
    left_out: frozenset[str] = frozenset()
    notebooks: str = "*"
    by_problem_set: bool = False
    group_shared: bool = False
    kept_files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steps: tuple[Any, ...] = RELEASE_STEPS
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    late: LatePolicy | None = field(default_factory=LatePolicy)
    not_honoured: tuple[tuple[str, str], ...] = ()


def read_nbgrader_config(path: Path) -> NbgraderSettings:
    """What an `nbgrader_config.py` sets.

    Raises CourseError where it raises, or sets a value of the wrong kind.
    """
    said = _Said(path, _load(path))
    structure = (said.take("directory_structure", str, "CourseDirectory") or BY_STUDENT).strip("/")
    if structure not in (BY_STUDENT, BY_PROBLEM_SET):
        raise CourseError(
            f"{path}: CourseDirectory.directory_structure = {structure!r} is not supported; "
            f"use the default, {BY_STUDENT}, or {BY_PROBLEM_SET}."
        )
    course_id = said.take("course_id", str, "CourseDirectory")
    root = said.take("root", str, "CourseDirectory")
    folders = {
        folder: said.take(f"{folder}_directory", str, "CourseDirectory") for folder in FOLDERS
    }
    ignore = said.take("ignore", (list, tuple), "CourseDirectory", start=IGNORED)
    shared = said.take("groupshared", bool, "CourseDirectory")
    left_out = said.take("student_id_exclude", str, "CourseDirectory")
    seconds = _seconds(said)
    steps = _steps(said)
    return NbgraderSettings(
        course_id=None if course_id is None else course_id.strip(),
        database_url=said.take("db_url", str, "CourseDirectory"),
        root=None if root is None else path.parent / root,
        folders={key: value for key, value in folders.items() if value is not None},
        release=_release(said),
        cell_seconds=seconds,
        kernel_name=said.take("kernel_name", str, *_EXECUTE) or "",
        ignore=None if ignore is None else tuple(str(pattern) for pattern in ignore),
        students=(said.take("student_id", str, "CourseDirectory") or "*").strip(),
        left_out=frozenset((left_out or "").split(",")) - {""},
        notebooks=(said.take("notebook_id", str, "CourseDirectory") or "*").strip(),
        by_problem_set=structure == BY_PROBLEM_SET,
        group_shared=bool(shared),
        kept_files=_kept_files(said),
        steps=steps,
        options=_options(said, steps),
        late=_late(said),
        not_honoured=tuple(_not_honoured(said)),
    )


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Let modules in a course's folder be imported, as nbgrader does, and no longer than needed."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


# ---------------------------------------------------------------------------------- the file


_EXECUTE = ("Execute", "ExecutePreprocessor", "NotebookClient")
_RENAMED = {
    "NbGraderConfig": "NbGrader",
    "BasicConfig": "NbGrader",
    "BaseNbGraderApp": "NbGrader",
    "BaseApp": "NbGrader",
    "AutogradeApp": "Autograde",
    "Assign": "GenerateAssignment",
    "AssignApp": "GenerateAssignment",
    "BaseNbConvertApp": "BaseConverter",
}
"""Sections by their old names, which nbgrader still reads."""


class _Said:
    """The options that a file sets, by section and name, and which of them were taken."""

    def __init__(self, path: Path, sections: Mapping[str, Mapping[str, Any]]) -> None:
        self.path = path
        self.sections = sections
        self.taken: set[tuple[str, str]] = set()
        self.notes: list[tuple[str, str]] = []

    def has(self, name: str, *sections: str) -> bool:
        """Whether one of the sections sets the option."""
        return any(name in self.sections.get(section, {}) for section in sections)

    def take(
        self, name: str, kind: type | tuple[type, ...], *sections: str, start: Any = None
    ) -> Any:
        """The first section's value, or None; `start` is what `.append()` adds to.

        A class's own section comes before those of the classes that it inherits from.
        """
        self.taken |= {(section, name) for section in sections}
        for section in sections:
            if name not in self.sections.get(section, {}):
                continue
            value = _resolved(self.sections[section][name], start)
            flag = isinstance(value, bool) and kind is not bool
            if value is None or (isinstance(value, kind) and not flag):
                return value
            raise CourseError(
                f"{self.path}: {section}.{name} = {value!r} has the wrong kind; see nbgrader's "
                f"documentation of this option."
            )
        return None

    def take_section(self, section: str, *names: str) -> dict[str, Any]:
        """Those of a section's options, or all of them."""
        values = self.sections.get(section, {})
        found = {name: values[name] for name in (names or values) if name in values}
        self.taken |= {(section, name) for name in found}
        return {name: _resolved(value, None) for name, value in found.items()}

    def note(self, option: str, remedy: str) -> None:
        """Say that an option is not honoured, or not all of it."""
        self.notes.append((option, remedy))


def _load(path: Path) -> dict[str, dict[str, Any]]:
    from traitlets.config.loader import PyFileConfigLoader

    try:
        with importable(path.parent):
            config = PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except (Exception, SystemExit) as error:
        raise CourseError(
            f"{path}: raised {type(error).__name__}: {error}; mend it, or move it away."
        ) from error
    found: dict[str, dict[str, Any]] = {}
    for section, values in config.items():
        if isinstance(values, Mapping):
            found.setdefault(_RENAMED.get(section, section), {}).update(values)
    course = found.setdefault("CourseDirectory", {})
    old = found.get("NbGrader", {})
    for name in [name for name in old if name in OPTIONS["CourseDirectory"]]:
        course.setdefault(name, old.pop(name))
    if "course_directory" in old:
        course.setdefault("root", old.pop("course_directory"))
    if "course_id" in found.get("Exchange", {}):
        course.setdefault("course_id", found["Exchange"]["course_id"])
    return found


def _resolved(value: Any, start: Any) -> Any:
    """A value, with what `.append()`, `.update()` and their like do to what it starts from."""
    if not hasattr(value, "get_value"):
        return value
    if isinstance(start, Sequence) and not isinstance(start, str):
        start = list(start)
    return value.get_value(start)


# ---------------------------------------------------------------------------------- its parts


_RELEASE = {
    "begin_solution": ("ClearSolutions", "begin_solution_delimeter"),
    "end_solution": ("ClearSolutions", "end_solution_delimeter"),
    "code_stubs": ("ClearSolutions", "code_stub"),
    "text_stub": ("ClearSolutions", "text_stub"),
    "begin_hidden_tests": ("ClearHiddenTests", "begin_test_delimeter"),
    "end_hidden_tests": ("ClearHiddenTests", "end_test_delimeter"),
    "begin_mark_scheme": ("ClearMarkScheme", "begin_mark_scheme_delimeter"),
    "end_mark_scheme": ("ClearMarkScheme", "end_mark_scheme_delimeter"),
}


def _seconds(said: _Said) -> float | None:
    """The limit of a cell; infinite where nbgrader sets none."""
    seconds = said.take("timeout", (int, float), *_EXECUTE)
    if not said.has("timeout", *_EXECUTE) or (seconds is not None and seconds > 0):
        return None if seconds is None else float(seconds)
    said.note(ENDLESS, "a cell then has as long as its notebook: notebook_seconds in course.toml")
    return math.inf


def _release(said: _Said) -> dict[str, Any]:
    stubs = Delimiters().code_stubs
    release = {
        key: said.take(trait, (str, dict) if key == "code_stubs" else str, section, start=stubs)
        for key, (section, trait) in _RELEASE.items()
    }
    if isinstance(one := release["code_stubs"], str):
        release["code_stubs"] = {"python": one}
    return {key: value for key, value in release.items() if value is not None}


def _kept_files(said: _Said) -> dict[str, tuple[str, ...]]:
    kept = said.take("exclude_overwriting", dict, "Autograde", start={}) or {}
    return {str(name): tuple(str(file) for file in files) for name, files in kept.items()}


def _late(said: _Said) -> LatePolicy | None:
    plugin = said.take("plugin_class", (str, type), "AssignLatePenalties")
    enabled = said.take("enabled", bool, "AssignLatePenalties")
    names = ["BasePlugin", "LateSubmissionPlugin", *([_name_of(plugin)] if plugin else [])]
    options = {name: said.take_section(name) for name in names if name in said.sections}
    if isinstance(plugin, str) and plugin.startswith("nbgrader.plugins."):
        plugin = None
    late = LatePolicy(plugin=plugin, options=options)
    return None if enabled is False or "AssignLatePenalties" in _removed(said) else late


def _name_of(step: Any) -> str:
    """The class's name, by which its options are configured."""
    return step.rpartition(".")[2] if isinstance(step, str) else getattr(step, "__name__", "")


def _own_name(step: Any, own: Sequence[str]) -> str:
    """The name of one of nbgrader's own preprocessors; empty for the course's."""
    name = _name_of(step)
    home = step.rpartition(".")[0] if isinstance(step, str) else getattr(step, "__module__", "")
    return name if name in own and (home or "nbgrader").split(".")[0] in _HOMES else ""


_HOMES = ("nbgrader", "nbconvert")


def _steps(said: _Said) -> tuple[Any, ...]:
    """The release's steps: nbgrader's own by name, the course's as they were given."""
    given = said.take("preprocessors", (list, tuple), "GenerateAssignment", start=RELEASE_STEPS)
    if given is None:
        return RELEASE_STEPS
    steps = tuple(_own_name(step, RELEASE_STEPS) or step for step in given)
    gone = [name for name in _NEEDED if name not in steps]
    if not gone:
        return steps
    said.note(
        "GenerateAssignment.preprocessors",
        f"a release always goes through {', '.join(gone)} too; put it back",
    )
    return (*RELEASE_STEPS, *(step for step in steps if step not in RELEASE_STEPS))


_NEEDED = ("ClearSolutions", "ComputeChecksums", "SaveCells", "ClearHiddenTests", "ClearMarkScheme")
_ENABLED = ("IncludeHeaderFooter", "InstantiateTests", "LockCells", "ClearOutput")
"""Steps of the release that a course may turn off."""


def _options(said: _Said, steps: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """The options of the release's steps, by class."""
    options = {}
    for name in dict.fromkeys(RELEASE_STEPS):
        known = set(OPTIONS.get(name, ())) - {trait for _, trait in _RELEASE.values()}
        names = [*(known - {"enforce_metadata"}), *(("enabled",) if name in _ENABLED else ())]
        if name == "InstantiateTests":
            names.append("enforce_metadata")
        options[name] = said.take_section(name, *names) if names else {}
    for step in steps:
        if step not in RELEASE_STEPS:
            options[_name_of(step)] = said.take_section(_name_of(step))
    return {name: values for name, values in options.items() if values}


# ---------------------------------------------------------------------- what is not honoured


def _not_honoured(said: _Said) -> Iterator[tuple[str, str]]:
    """Each option that is set, and that nothing here heeds, with what to do about it."""
    _note_removed(said)
    yield from said.notes
    for section, values in said.sections.items():
        for name, value in values.items():
            if (section, name) in said.taken or is_met(section, name):
                continue
            default, remedy = remedy_for(section, name)
            if default is None or _resolved(value, default) != default:
                yield f"{section}.{name}", remedy


def _removed(said: _Said) -> set[str]:
    """The steps of nbgrader's autograding that the course took out."""
    gone: set[str] = set()
    for name, own in AUTOGRADE_LISTS.items():
        given = _resolved(said.sections.get("Autograde", {}).get(name), own)
        if given is not None:
            gone |= set(own) - {_own_name(step, own) for step in given}
    return gone


def _note_removed(said: _Said) -> None:
    """Say what is added to nbgrader's autograding, and what cannot be taken out of it."""
    for name, own in AUTOGRADE_LISTS.items():
        given = said.take(name, (list, tuple), "Autograde", start=own)
        for step in given or ():
            if not _own_name(step, own):
                _, remedy = remedy_for("Autograde", name)
                said.note(f"Autograde.{name}", f"{_name_of(step)} is not run; {remedy}")
    free = {"AssignLatePenalties", "IgnorePattern", "ClearMetadataPreprocessor", "LimitOutput"}
    for step in sorted(_removed(said) - free):
        said.note("Autograde", f"{step} was taken out, but is always taken")
