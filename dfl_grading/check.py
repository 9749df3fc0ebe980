"""What a student runs before handing in: the visible tests, in the same kind of box.

Nothing but the notebook and the files beside it is needed: no course, no grader, no answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dfl_grading.box import Zygote
from dfl_grading.errors import CourseError
from dfl_grading.execute import execute
from dfl_grading.grading import imported_modules
from dfl_grading.judge import judge_in_kernel
from dfl_grading.model import CellRun, CellStatus, Limits, Outcome, QuestionResult
from dfl_grading.source import (
    MAX_NOTEBOOK_BYTES,
    SourceNotebook,
    UnreadableNotebook,
    parse_notebook,
    source_from,
)

__all__ = ["Checked", "check"]

_MOST_FILES = 200
_MOST_BYTES = 50_000_000


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the visible tests of one notebook say; `message` tells why a run was cut short."""

    notebook: Path
    questions: tuple[QuestionResult, ...]
    repairs: tuple[str, ...]
    message: str

    @property
    def passed(self) -> bool:
        """Whether every visible test passed and the notebook ran to its end."""
        right = all(question.score == question.max_score for question in self.questions)
        return right and not self.message


def check(path: Path, *, walls: bool = True) -> Checked:
    """Run a notebook from top to bottom in a box, and judge its test cells as they stand in it.

    Raises CourseError for a file that is no notebook or one without tests, and BoxUnavailable.
    """
    notebook, repairs = _read(path)
    tests = [cell for cell in notebook.graded if cell.kind == "autograded"]
    if not tests:
        raise CourseError(
            f"{path}: there is no test cell in it; is it the notebook that was released?"
        )
    with Zygote(preload=imported_modules([notebook]), walls=walls) as zygote:
        done = execute(notebook.document, zygote, Limits(), files=_files_beside(path))
    skipped = CellRun(status=CellStatus.SKIPPED, error_message=done.message)
    return Checked(
        notebook=path,
        questions=tuple(
            judge_in_kernel(cell, notebook.name, done.cells.get(cell.grade_id, skipped))
            for cell in tests
        ),
        repairs=repairs,
        message="" if done.outcome is Outcome.COMPLETED else done.message,
    )


def _read(path: Path) -> tuple[SourceNotebook, tuple[str, ...]]:
    try:
        if path.stat().st_size > MAX_NOTEBOOK_BYTES:
            raise CourseError(f"{path}: is too large for a notebook; clear its outputs.")
        document, repairs = parse_notebook(path.read_bytes())
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}); name a notebook.") from error
    except UnreadableNotebook as error:
        raise CourseError(f"{path}: {error}") from error
    return source_from(document, path), repairs


def _files_beside(path: Path) -> dict[str, bytes]:
    """The other files in the notebook's folder, as they will be handed in."""
    files: dict[str, bytes] = {}
    room = _MOST_BYTES
    for other in sorted(path.parent.iterdir()):
        if other.is_symlink() or not other.is_file() or other.suffix == ".ipynb":
            continue
        room -= other.stat().st_size
        if room < 0 or len(files) >= _MOST_FILES or other.name.startswith("."):
            continue
        files[other.name] = other.read_bytes()
    return files
