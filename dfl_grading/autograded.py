"""What lands in `autograded/<student>/<problem set>/`: the executed notebooks and `report.json`.

The report is the truth that the gradebook is built from, so it lands last, and every file lands
whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from dfl_grading.errors import StoreError
from dfl_grading.model import GradeReport, Submission

__all__ = ["REPORT", "land", "read_report", "write_whole"]

REPORT = "report.json"
_KEPT_BESIDE = ("timestamp.txt", "submission_secret.txt")


def read_report(folder: Path) -> GradeReport | None:
    """The report in an autograded folder; None where there is none that can be read."""
    try:
        return GradeReport.from_json((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def land(
    folder: Path,
    report: GradeReport,
    notebooks: Mapping[str, bytes],
    submission: Submission,
    shipped: Mapping[str, bytes],
) -> None:
    """Write a graded submission: its notebooks, the files beside them, then the report.

    `notebooks` maps names to executed notebooks as JSON, `shipped` holds the problem set's own
    data files. Raises StoreError where the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stale in set(folder.glob("*.ipynb")) - {folder / f"{n}.ipynb" for n in notebooks}:
            stale.unlink()
        for name, data in notebooks.items():
            write_whole(folder / f"{name}.ipynb", data, mode=0o444)
        for name, data in shipped.items():
            _place(folder, name, data)
        _copy_files(folder, submission, set(shipped))
        write_whole(folder / REPORT, report.to_json().encode("utf-8"), mode=0o644)
        _sync_folder(folder)
    except OSError as error:
        raise StoreError(
            f"{error.filename or folder} cannot be written ({error.strerror}); free space or "
            f"mend permissions, then grade again: what is done stays done."
        ) from error


def write_whole(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file by way of a temporary one beside it, so that it is never half there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _place(folder: Path, name: str, data: bytes) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_file() or target.read_bytes() != data:
        write_whole(target, data, mode=0o644)


def _copy_files(folder: Path, submission: Submission, shipped: set[str]) -> None:
    for path in submission.files:
        name = path.relative_to(submission.folder).as_posix()
        if name not in shipped and name != REPORT:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target, follow_symlinks=False)
    for name in _KEPT_BESIDE:
        beside = submission.folder / name
        if beside.is_file() and not beside.is_symlink():
            shutil.copyfile(beside, folder / name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
