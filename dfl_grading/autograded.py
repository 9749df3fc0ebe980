"""What lands in `autograded/<student>/<problem set>/`: the executed notebooks and `report.json`.

The report is the truth that the gradebook is built from, so it lands last, and every file lands
whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import BinaryIO

from dfl_grading.errors import StoreError
from dfl_grading.model import GradeReport, Submission

__all__ = ["REPORT", "files_beside", "land", "land_report", "read_report", "write_whole"]

REPORT = "report.json"
_HALF = ".dfl-half-written-"
_SECRET = "submission_secret.txt"
_KEPT_BESIDE = ("timestamp.txt", _SECRET)


def read_report(folder: Path) -> GradeReport | None:
    """The report in an autograded folder; None where there is none that can be read."""
    try:
        return GradeReport.from_json((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def files_beside(submission: Submission, reserved: Collection[str]) -> dict[str, Path]:
    """The files that a student handed in beside the notebooks, by their names.

    Left out is what would stand in the way of a `reserved` name: a file of that name, one inside
    a folder of that name, or one where such a name needs a folder.
    """
    taken = set(reserved)
    folders = {folder for name in reserved for folder in _folders_of(name)}
    found = {}
    for path in submission.files:
        name = path.relative_to(submission.folder).as_posix()
        if not ({name, *_folders_of(name)} & taken or name in folders):
            found[name] = path
    return found


def _folders_of(name: str) -> list[str]:
    return [str(folder) for folder in PurePosixPath(name).parents][:-1]


def land(
    folder: Path,
    report: GradeReport,
    notebooks: Mapping[str, bytes],
    submission: Submission,
    shipped: Mapping[str, bytes],
    *,
    group: bool = False,
) -> None:
    """Write a graded submission: its notebooks, the files beside them, then the report.

    `notebooks` maps names to executed notebooks as JSON, `shipped` holds the problem set's own
    data files. With `group`, the folder's group may write too. Raises StoreError where the disk
    refuses.
    """
    names = {name: f"{name}.ipynb" for name in notebooks}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_stale(folder, set(names.values()))
        for name, data in notebooks.items():
            write_whole(_make_way(folder, names[name]), data, mode=0o444)
        for name, data in shipped.items():
            _place(_make_way(folder, name), data)
        _copy_files(folder, submission, {*names.values(), *shipped, REPORT})
    except OSError as error:
        raise _refusal(folder, error) from error
    land_report(folder, report)
    if group:
        _share(folder)


def _share(folder: Path) -> None:
    """Give the group what the owner may, as nbgrader does in a course with several graders."""
    above = (folder.parent, folder.parent.parent)
    for path in (*above, folder, *folder.rglob("*")):
        # a colleague's folder has its rights already
        with contextlib.suppress(PermissionError):
            if not path.is_symlink():
                # others may what the umask lets them
                path.chmod(path.stat().st_mode & 0o777 | 0o2770 if path.is_dir() else 0o664)


def land_report(folder: Path, report: GradeReport) -> None:
    """Write a report in its folder, whole. Raises StoreError where the disk refuses."""
    try:
        write_whole(_make_way(folder, REPORT), report.to_json().encode("utf-8"), mode=0o644)
        _sync_folder(folder)
    except OSError as error:
        raise _refusal(folder, error) from error


def _refusal(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{error.filename or folder} cannot be written ({error.strerror}); free space or mend "
        f"permissions, then grade again: what is done stays done."
    )


def write_whole(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file by way of a temporary one beside it, so that it is never half there."""
    _write_by_way(path, lambda file: file.write(data), mode)


def _write_by_way(path: Path, fill: Callable[[BinaryIO], object], mode: int) -> None:
    temporary = path.with_name(f"{_HALF}{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _clear_stale(folder: Path, wanted: set[str]) -> None:
    """Take away notebooks of an earlier hand-in, and what a power cut left half-written."""
    for path in folder.iterdir():
        if path.name.startswith(_HALF) or (
            path.suffix == ".ipynb" and path.name not in wanted and not path.is_dir()
        ):
            path.unlink()


def _make_way(folder: Path, name: str) -> Path:
    """The path of a file in the folder; what an earlier hand-in left in its way is removed."""
    for above in reversed(_folders_of(name)):
        if (folder / above).is_symlink() or (folder / above).is_file():
            (folder / above).unlink()
    target = folder / name
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _place(target: Path, data: bytes) -> None:
    if target.is_symlink() or not target.is_file() or target.read_bytes() != data:
        write_whole(target, data, mode=0o644)


def _copy_files(folder: Path, submission: Submission, reserved: Collection[str]) -> None:
    beside = files_beside(submission, reserved)
    for name in _KEPT_BESIDE:
        beside.setdefault(name, submission.folder / name)
    if submission.student != submission.owner:
        _keep_own_secret(folder, submission, beside.pop(_SECRET))
    for name, path in beside.items():
        try:
            file = None if path.is_symlink() or not path.is_file() else path.open("rb")
        except OSError:
            # what cannot be read was not there for the box either
            continue
        if file is not None:
            with file:
                _write_by_way(_make_way(folder, name), partial(shutil.copyfileobj, file), 0o644)


def _keep_own_secret(folder: Path, submission: Submission, shared: Path) -> None:
    """Give a member of a group a secret of their own: nbgrader hands out feedback by it, and a
    penalty may be one member's alone."""
    own = submission.own_folder / _SECRET if submission.own_folder else None
    if own is not None and own.is_file() and not own.is_symlink():
        _place(_make_way(folder, _SECRET), own.read_bytes())
    elif shared.is_file() and not (folder / _SECRET).is_file():
        _place(_make_way(folder, _SECRET), token_hex(64).encode())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
