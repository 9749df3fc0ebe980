"""Filed sample submissions: small text files that stand beside a problem set and prove it.

`graders/samples/<problem set>/<folder>/<name>.py` gives some solution cells by grade_id, and the
verdicts that the whole submission must get. The notebooks are built from the release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dfl_grading.errors import CourseError
from dfl_grading.model import Verdict
from dfl_grading.source import SourceCell, SourceNotebook

__all__ = ["FOLDERS", "Sample", "build_notebooks", "read_samples"]

FOLDERS = ("accepted", "partial", "wrong", "crash", "timeout", "cheat")
"""Where samples are filed; in `accepted` every automatic question must be PASSED."""

_EXPECT = re.compile(r"#\s*expect:\s*(\S+)\s+(\S+)\s*$")
_REST = re.compile(r"#\s*rest:\s*(\S+)\s*$")
_DELETE = re.compile(r"#\s*delete:\s*(\S+)\s*$")
_CELL = re.compile(r"#\s*%%\s*(\S+)\s*$")
_MEANT = re.compile(r"#\s*((expect\w*|rest|deleted?)\s*:|%%)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One sample: solution cells by grade_id, deleted cells, and the verdicts it must get.

    `keeps_stubs` leaves the cells that are not given as they were released; otherwise they hold
    the reference solution. Questions without an expected verdict must be PASSED.
    """

    name: str
    path: Path
    expect: Mapping[str, Verdict]
    cells: Mapping[str, str]
    deleted: tuple[str, ...] = ()
    keeps_stubs: bool = False


def read_samples(folder: Path, notebooks: Sequence[SourceNotebook]) -> tuple[Sample, ...]:
    """The samples of one problem set, sorted by folder and name; empty where it has none.

    Raises CourseError, with file and line, for what cannot be meant.
    """
    known = {cell.grade_id: cell for notebook in notebooks for cell in notebook.cells}
    if not folder.is_dir():
        return ()
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name not in FOLDERS and not entry.name.startswith("_"):
            raise CourseError(f"{entry}: samples are filed in {', '.join(FOLDERS)}; move it there.")
    paths = [path for name in FOLDERS for path in sorted((folder / name).glob("*.py"))]
    return tuple(_read_sample(path, known) for path in paths)


def _read_sample(path: Path, known: Mapping[str, SourceCell]) -> Sample:
    expect: dict[str, Verdict] = {}
    cells: dict[str, list[str]] = {}
    deleted: list[str] = []
    keeps_stubs = False
    current = ""
    for number, line in enumerate(_lines_of(path), start=1):
        where = f"{path}:{number}"
        if found := _CELL.match(line):
            current = _once(_known(found[1], known, where), cells, where)
            cells[current] = []
        elif _MEANT.match(line) and current:
            raise CourseError(f"{where}: {line.strip()!r} must stand before the first cell.")
        elif current:
            cells[current].append(line)
        elif found := _EXPECT.match(line):
            grade_id = _once(_judged(found[1], known, where), expect, where)
            expect[grade_id] = _verdict(found[2], where)
        elif found := _DELETE.match(line):
            deleted.append(_known(found[1], known, where))
        elif found := _REST.match(line):
            keeps_stubs = _rest(found[1], where)
        elif _MEANT.match(line):
            raise CourseError(
                f"{where}: {line.strip()!r} is not understood; write '# expect: grade_id "
                f"VERDICT', '# delete: grade_id', '# rest: stub' or '# %% grade_id'."
            )
        elif line.strip() and not line.startswith("#"):
            raise CourseError(f"{where}: code stands before the first '# %% grade_id' line.")
    sample = Sample(
        name=f"{path.parent.name}/{path.stem}",
        path=path,
        expect=expect,
        cells={grade_id: "\n".join(lines).strip("\n") for grade_id, lines in cells.items()},
        deleted=tuple(deleted),
        keeps_stubs=keeps_stubs,
    )
    _refuse_misfiled(sample)
    return sample


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path}: cannot be read as text ({error}); save it in UTF-8.") from error


def _once(grade_id: str, before: Mapping[str, Any], where: str) -> str:
    if grade_id in before:
        raise CourseError(f"{where}: {grade_id!r} stands here twice; take one out.")
    return grade_id


def _judged(grade_id: str, known: Mapping[str, SourceCell], where: str) -> str:
    if known[_known(grade_id, known, where)].kind != "autograded":
        judged = ", ".join(name for name, cell in known.items() if cell.kind == "autograded")
        raise CourseError(
            f"{where}: the cell {grade_id!r} gets no verdict; name one of {judged or 'none'}."
        )
    return grade_id


def _known(grade_id: str, known: Mapping[str, Any], where: str) -> str:
    if grade_id not in known:
        raise CourseError(
            f"{where}: there is no cell {grade_id!r} in the source notebooks; "
            f"they have {', '.join(known)}."
        )
    return grade_id


def _verdict(word: str, where: str) -> Verdict:
    try:
        return Verdict(word)
    except ValueError:
        raise CourseError(
            f"{where}: {word!r} is no verdict; write one of {', '.join(Verdict)}."
        ) from None


def _rest(word: str, where: str) -> bool:
    if word not in ("stub", "reference"):
        raise CourseError(f"{where}: 'rest:' takes stub or reference, not {word!r}.")
    return word == "stub"


def _refuse_misfiled(sample: Sample) -> None:
    folder = sample.path.parent.name
    failing = [v for v in sample.expect.values() if v is not Verdict.PASSED]
    if folder == "accepted" and (failing or sample.keeps_stubs):
        raise CourseError(
            f"{sample.path}: an accepted sample passes everything; file it elsewhere."
        )
    if folder != "accepted" and not failing and not sample.keeps_stubs:
        raise CourseError(
            f"{sample.path}: name at least one '# expect: grade_id VERDICT' that is not PASSED."
        )


def build_notebooks(
    sample: Sample,
    notebooks: Sequence[SourceNotebook],
    released: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """The notebooks that a student with these answers would hand in, by name.

    `released` maps each notebook's name to its released document.
    """
    made = {}
    for notebook in notebooks:
        document = deepcopy(dict(released[notebook.name]))
        kept = []
        for cell in document["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if grade_id in sample.deleted:
                continue
            if grade_id in sample.cells:
                cell["source"] = sample.cells[grade_id]
            elif grade_id and not sample.keeps_stubs and notebook.cell(grade_id).solution:
                cell["source"] = notebook.cell(grade_id).source
            kept.append(cell)
        document["cells"] = kept
        made[notebook.name] = document
    return made
