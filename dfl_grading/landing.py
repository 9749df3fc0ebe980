"""How collected hand-ins land on disk: each whole or not at all, and none lost.

A hand-in is made aside, in a folder on the same disk, and renamed into place. Where one is there
already, that one is first kept, by a copy, and then both change places in one step.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dfl_grading.autograded import write_whole
from dfl_grading.errors import CourseError

if TYPE_CHECKING:
    from dfl_grading.course import Course

__all__ = [
    "TIMESTAMP",
    "Remembered",
    "build",
    "folds_names",
    "keep",
    "land",
    "read_memory",
    "staging",
    "why_no_place",
    "write_memory",
]

TIMESTAMP: Final = "timestamp.txt"

_MEMORY: Final = ".hand-ins.json"
_EXCHANGE: Final = 2  # RENAME_EXCHANGE, of Linux's <linux/fs.h>
_HERE: Final = -100  # AT_FDCWD


@contextlib.contextmanager
def staging(course: Course, problem_set: str) -> Iterator[Path]:
    """A folder beside the hand-ins to make new ones in; gone at the end, as are those of killed
    runs. Nobody else grades or collects the problem set meanwhile.

    Raises CourseError where somebody does, and where the disk refuses.
    """
    mark = sha256(problem_set.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    try:
        with _locked(course, problem_set):
            course.submitted_folder.mkdir(parents=True, exist_ok=True)
            for stale in course.submitted_folder.glob(f".collecting-{mark}-*"):
                shutil.rmtree(stale, ignore_errors=True)
            aside = tempfile.mkdtemp(prefix=f".collecting-{mark}-", dir=course.submitted_folder)
            try:
                yield Path(aside)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise CourseError(
            f"{error.filename or course.submitted_folder} cannot be written ({error.strerror}); "
            f"free space or mend permissions, then collect again: what has landed is whole."
        ) from error


@contextlib.contextmanager
def _locked(course: Course, problem_set: str) -> Iterator[None]:
    """Hold the lock that grading holds too."""
    course.cache_folder.mkdir(parents=True, exist_ok=True)
    lock = course.cache_folder / f"{problem_set}.lock"
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                f"{problem_set} is being graded or collected by another process; wait for it."
            ) from None
        yield
    finally:
        os.close(descriptor)


def build(stage: Path, files: Mapping[str, Path], timestamp: str) -> Path:
    """Make a hand-in in a new folder: copies of the files under their names, and its time."""
    folder = Path(tempfile.mkdtemp(prefix=".made-", dir=stage))
    folder.chmod(0o755)
    for name, path in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o644)
    (folder / TIMESTAMP).write_text(f"{timestamp}\n", encoding="utf-8")
    _sync(folder)
    return folder


def land(made: Path, place: Path) -> None:
    """Put a hand-in in its place; one that was there before is in `made` afterwards."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(place):
        _exchange(made, place)
    else:
        made.rename(place)
    _sync_folder(place.parent)


def keep(made: Path, folder: Path, name: str, *, copy: bool = False) -> Path:
    """Put a hand-in among the kept ones as `name`, or `name-2` and so on; return where."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob(".keeping-*"):
        shutil.rmtree(stale, ignore_errors=True)
    number, target = 1, folder / name
    while os.path.lexists(target):
        number += 1
        target = folder / f"{name}-{number}"
    source = made
    if copy or made.stat().st_dev != folder.stat().st_dev:
        source = Path(tempfile.mkdtemp(prefix=".keeping-", dir=folder))
        shutil.copytree(made, source, symlinks=True, ignore=_special, dirs_exist_ok=True)
        source.chmod(0o755)
        _sync(source)
    source.rename(target)
    _sync_folder(folder)
    return target


def _special(folder: str, names: list[str]) -> list[str]:
    """The pipes and devices among the names: opening one could wait for ever."""
    plain = (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)
    return [name for name in names if stat.S_IFMT(Path(folder, name).lstat().st_mode) not in plain]


def _exchange(one: Path, other: Path) -> None:
    """Let two folders change places, in one step where the system can."""
    if sys.platform == "linux":
        library = ctypes.CDLL(None, use_errno=True)
        rename = getattr(library, "renameat2", None)
        if rename is not None:
            done = rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)
            code = ctypes.get_errno()
            if done == 0:
                return
            if code not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
                raise OSError(code, os.strerror(code), str(other))
    # In two steps: a kill between them leaves no hand-in there, but the old one is kept, and
    # the new one comes with the next collecting.
    aside = one.with_name(f"{one.name}.old")
    other.rename(aside)
    try:
        one.rename(other)
    except OSError:
        aside.rename(other)
        raise
    aside.rename(one)


def _sync(folder: Path) -> None:
    """Have a folder and all in it on the disk before it gets its name."""
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here, name)
            if not path.is_symlink():
                _sync_folder(path)
        _sync_folder(Path(here))


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def why_no_place(submitted: Path, student: str, problem_set: str) -> str:
    """Why a hand-in cannot land in `submitted/<student>/<problem set>`; empty where it can."""
    for path in (submitted / student, submitted / student / problem_set):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"cannot land in {path}: {error.strerror}"
        if not stat.S_ISDIR(mode):
            what = "a link" if stat.S_ISLNK(mode) else "no folder"
            return f"cannot land: {path} is {what}; move it away and collect again"
    return ""


def folds_names(folder: Path) -> bool:
    """Whether the disk takes `Ada` and `ada` for one name (as macOS and Windows do)."""
    around = (folder, *folder.parents)
    there = next((f for f in around if f.name != f.name.swapcase() and f.exists()), None)
    if there is None:
        return False
    other = there.with_name(there.name.swapcase())
    try:
        return other.samefile(there)
    except OSError:
        return False


# -------------------------------------------------------------------------- what is remembered


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What the names in an archive said of the hand-in that has landed for a student.

    `owner` is the LMS's own id of who sent it, `timestamp` what went to `timestamp.txt`, `sent`
    the time by which hand-ins are put in order.
    """

    form: str
    owner: str
    timestamp: str
    sent: str


def read_memory(folder: Path) -> dict[str, Remembered]:
    """What is remembered by student; empty where nothing is, or nothing that can be read."""
    try:
        document = json.loads((folder / _MEMORY).read_text(encoding="utf-8"))
        return {student: Remembered(**fields) for student, fields in document.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_memory(folder: Path, memory: Mapping[str, Remembered]) -> None:
    """Write what is remembered, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {student: asdict(memory[student]) for student in sorted(memory)}
    text = json.dumps(document, indent=1, ensure_ascii=True) + "\n"
    write_whole(folder / _MEMORY, text.encode(), mode=0o644)
