"""What lands in `autograded/`: whole files, the report last, and nothing in the way of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from courses import tree
from hypothesis import given, settings
from hypothesis import strategies as st
from made_class import make_report

from dfl_grading.autograded import REPORT, files_beside, land, read_report, write_whole
from dfl_grading.errors import StoreError
from dfl_grading.model import Submission

NOTEBOOKS = {"p1": b'{"cells": []}\n'}


def hand_in(folder: Path, files: Mapping[str, str]) -> Submission:
    """A submission of these files, of which the top ones that end in .ipynb are notebooks."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    folder.mkdir(exist_ok=True)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    notebooks = {p.stem: p for p in paths if p.suffix == ".ipynb" and p.parent == folder}
    others = tuple(path for path in paths if path not in notebooks.values())
    return Submission(
        student="ann", problem_set="ps1", folder=folder, notebooks=notebooks, files=others
    )


def land_these(tmp_path: Path, files: Mapping[str, str], **changes: Any) -> dict[str, Any]:
    """What is in the folder after landing a hand-in of these files; its report is left out."""
    submission = hand_in(tmp_path / "in", files)
    wanted: dict[str, Any] = {"notebooks": NOTEBOOKS, "shipped": {}} | changes
    land(tmp_path / "out", make_report("ann"), submission=submission, **wanted)
    assert read_report(tmp_path / "out") == make_report("ann")
    found = tree(tmp_path / "out")
    del found[REPORT]
    return found


def test_a_hand_in_lands_with_its_files_and_nothing_else(tmp_path: Path) -> None:
    found = land_these(
        tmp_path,
        {"p1.ipynb": "raw", "timestamp.txt": "now", "submission_secret.txt": "s", "a/b.py": "x"},
        shipped={"data.csv": b"1", "deep/er/table": b"2"},
    )
    assert found == {
        "p1.ipynb": NOTEBOOKS["p1"],
        "timestamp.txt": b"now",
        "submission_secret.txt": b"s",
        "a": None,
        "a/b.py": b"x",
        "data.csv": b"1",
        "deep": None,
        "deep/er": None,
        "deep/er/table": b"2",
    }


def test_rights_are_as_nbgrader_leaves_them(tmp_path: Path) -> None:
    land_these(tmp_path, {"a.txt": "x"})
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()}
    assert modes == {"p1.ipynb": 0o444, REPORT: 0o644, "a.txt": 0o644}


def test_landing_again_replaces_what_cannot_be_written(tmp_path: Path) -> None:
    """nbgrader leaves files with mode 0444 behind; an ordinary user could not open these."""
    land_these(tmp_path, {"a.txt": "old"}, shipped={"data": b"old"})
    for path in (tmp_path / "out").iterdir():
        path.chmod(0o444)
    found = land_these(tmp_path, {"a.txt": "new"}, shipped={"data": b"new"})
    assert (found["a.txt"], found["data"]) == (b"new", b"new")


def test_notebooks_of_an_earlier_hand_in_and_half_written_files_go(tmp_path: Path) -> None:
    out = tmp_path / "out"
    land_these(tmp_path, {"b.txt": "x"}, notebooks={"p1": b"1", "p2": b"2"})
    (out / ".dfl-half-written-123").write_bytes(b"half")
    (out / "folder.ipynb").mkdir()
    assert set(land_these(tmp_path, {}, notebooks={"p2": b"3"})) == {
        "p2.ipynb",
        "b.txt",
        "folder.ipynb",
    }


OBSTACLES: dict[str, Callable[[Path], None]] = {
    "a folder where the report belongs": lambda out: (out / REPORT / "x").mkdir(parents=True),
    "a folder where a notebook belongs": lambda out: (out / "p1.ipynb/x").mkdir(parents=True),
    "a folder where a data file belongs": lambda out: (out / "data.csv/x").mkdir(parents=True),
    "a file where a folder belongs": lambda out: (out / "deep").write_text("x"),
    "a link where the report belongs": lambda out: (out / REPORT).symlink_to("/etc/hostname"),
    "a link where a folder belongs": lambda out: (out / "deep").symlink_to("/tmp"),
    "a link where a data file belongs": lambda out: (out / "data.csv").symlink_to("deep"),
    "a link where a file belongs": lambda out: (out / "own.txt").symlink_to("/nonexistent/x"),
}


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_stands_in_the_way_is_removed(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    OBSTACLES[name](out)
    found = land_these(tmp_path, {"own.txt": "x"}, shipped={"data.csv": b"1", "deep/table": b"2"})
    assert found == {
        "p1.ipynb": NOTEBOOKS["p1"],
        "own.txt": b"x",
        "data.csv": b"1",
        "deep": None,
        "deep/table": b"2",
    }
    assert not any(path.is_symlink() for path in out.rglob("*"))


@pytest.mark.parametrize(
    "name",
    ["report.json", "report.json/x", "p1.ipynb/x", "data.csv/x/y", "deep", "deep/table"],
)
def test_a_students_file_never_takes_the_place_of_ours(tmp_path: Path, name: str) -> None:
    shipped = {"data.csv": b"1", "deep/table": b"2"}
    found = land_these(tmp_path, {name: "forged", "own.txt": "mine"}, shipped=shipped)
    assert found["data.csv"] == b"1"
    assert found["deep/table"] == b"2"
    assert found["own.txt"] == b"mine"
    assert b"forged" not in found.values()


NAMES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map("/".join)


@settings(deadline=None, max_examples=60)
@given(st.sets(NAMES, max_size=4), st.sets(NAMES, max_size=3))
def test_kept_files_and_reserved_names_can_all_be_written(
    own: set[str], reserved: set[str]
) -> None:
    folder = Path("/handed-in")
    submission = Submission(
        student="ann",
        problem_set="ps1",
        folder=folder,
        notebooks={},
        files=tuple(folder / name for name in own),
    )
    kept = files_beside(submission, reserved)
    assert kept == {name: folder / name for name in kept}
    for name in kept:
        for taken in reserved:
            assert not f"{name}/".startswith(f"{taken}/")
            assert not f"{taken}/".startswith(f"{name}/")
    free = {n for n in own if not any(f"{n}/"[:2] == f"{r}/"[:2] for r in reserved)}
    assert free <= kept.keys()


def test_links_and_what_has_gone_are_passed_over(tmp_path: Path) -> None:
    submission = hand_in(tmp_path / "in", {"a.txt": "x", "gone.txt": "x"})
    (tmp_path / "in/gone.txt").unlink()
    (tmp_path / "in/a.txt").unlink()
    (tmp_path / "in/a.txt").symlink_to("/etc/passwd")
    (tmp_path / "in/timestamp.txt").symlink_to("/etc/passwd")
    land(tmp_path / "out", make_report("ann"), NOTEBOOKS, submission, {})
    assert set(tree(tmp_path / "out")) == {"p1.ipynb", REPORT}


def test_a_long_name_lands(tmp_path: Path) -> None:
    assert f"{'n' * 250}.txt" in land_these(tmp_path, {f"{'n' * 250}.txt": "x"})


# ------------------------------------------------------------------ whole or not at all


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    write_whole(path, b"old", mode=0o644)

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new", mode=0o644)
    assert tree(tmp_path) == {"report.json": b"old"}


def test_the_report_lands_after_all_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landed: list[str] = []
    replace = Path.replace

    def note(self: Path, target: Path) -> Path:
        landed.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", note)
    land_these(tmp_path, {"a.txt": "x", "timestamp.txt": "now"}, shipped={"data.csv": b"1"})
    assert landed[-1] == REPORT
    assert sorted(landed) == ["a.txt", "data.csv", "p1.ipynb", REPORT, "timestamp.txt"]


def test_a_disk_that_refuses_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match=r"out.*No space left.*grade again"):
        land_these(tmp_path, {})
    assert read_report(tmp_path / "out") is None


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(StoreError, match="out cannot be written"):
        land_these(tmp_path, {})


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "3", '"x"', '{"schema": 1}', '{"schema": 99}', "\ud800", "[" * 10**5],
    ids=lambda text: repr(text[:20]),
)
def test_a_report_that_is_none_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / REPORT).write_text(text, encoding="utf-8", errors="surrogatepass")
    assert read_report(tmp_path) is None
    assert read_report(tmp_path / "nowhere") is None
    (tmp_path / REPORT).unlink()
    (tmp_path / REPORT).mkdir()
    assert read_report(tmp_path) is None
