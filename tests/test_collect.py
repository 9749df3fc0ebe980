"""From LMS archives to `submitted/`: the newest of each student whole, nothing lost or stray."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import courses
import hostile
import pytest
import tiny_course as tiny
from hostile import Entry, TarEntry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfl_grading import cli, landing
from dfl_grading import collect as collect_room
from dfl_grading.archives import Bounds
from dfl_grading.collect import CollectOptions, CollectResult, collect
from dfl_grading.course import load_course
from dfl_grading.errors import CourseError

PS = "ps1"
TOML = """
[course]
timezone = "Europe/Berlin"

[[problem_set]]
name = "ps1"
due = 2027-01-25T23:59:00
"""
DUE = "2027-01-25 22:59:00 UTC"
NOON = "2027-01-20 11:00:00 UTC"
"""The time of `hostile.NOON` in Berlin."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_root(tmp_path / "course")


def make_root(root: Path) -> Path:
    """A course with one problem set of two notebooks, `p1` and `p2`."""
    for name in ("p1", "p2"):
        tiny.write(root / "source" / PS / f"{name}.ipynb", tiny.notebook())
    (root / "course.toml").write_text(TOML, encoding="utf-8")
    return root


def zipped(path: Path, files: Mapping[str, str | bytes], time: int = hostile.NOON) -> Path:
    """A zip of these names and texts, all of one clock time."""
    entries = (
        Entry(
            name=name.encode(), flags=0x800, clock=time,
            data=data if isinstance(data, bytes) else data.encode(),
        )
        for name, data in files.items()
    )  # fmt: skip
    path.write_bytes(hostile.make_zip(*entries))
    return path


def at(text: str) -> int:
    """A clock time as zips write it."""
    time = datetime.fromisoformat(text)
    date = (time.year - 1980) << 9 | time.month << 5 | time.day
    return date << 16 | time.hour << 11 | time.minute << 5 | time.second // 2


def take(root: Path, *paths: Path, **options: Any) -> CollectResult:
    return collect(load_course(root), PS, paths, CollectOptions(**options))


def submitted(root: Path, folder: str = "submitted") -> dict[str, str]:
    """Every file of every hand-in with its text."""
    found = (root / folder).rglob("*") if (root / folder).is_dir() else []
    return {
        path.relative_to(root / folder).as_posix(): path.read_text(encoding="utf-8").strip()
        for path in sorted(found)
        if path.is_file() and not path.name.startswith(".")
    }


def stamp(root: Path, student: str) -> str:
    return submitted(root)[f"{student}/{PS}/timestamp.txt"]


def reasons(result: CollectResult) -> dict[str, str]:
    return {one.name: one.why for one in result.refused}


def run(root: Path, *arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """What `dfl collect` ends with and says, in this process."""
    before = sys.argv
    sys.argv = ["dfl", "collect", *map(str, arguments), "--course", str(root)]
    try:
        cli.main()
        code: object = 0
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = before
    said = capsys.readouterr()
    assert isinstance(code, int)
    return code, said.out, said.err


# ------------------------------------------------------------------------- from each LMS


def test_canvas(root: Path, tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "submissions.zip",
        {
            "lovelaceada_12345_67890_p1-1.ipynb": "one",
            "lovelaceada_12345_67891_p2.ipynb": "two",
            "lovelaceada_12345_67892_data.csv": "1,2",
            "hoppergrace_LATE_222_70000_p1.ipynb": "late",
            "turingalan_333_text.html": "words",
        },
        time=at("2027-02-03 10:00"),
    )
    result = take(root, archive)
    assert [(s.form, s.named, s.counted) for s in result.sources] == [("canvas", 3, 3)]
    assert submitted(root) == {
        "lovelaceada/ps1/p1.ipynb": "one",
        "lovelaceada/ps1/p2.ipynb": "two",
        "lovelaceada/ps1/data.csv": "1,2",
        "lovelaceada/ps1/timestamp.txt": DUE,  # Canvas does not call it late
        "hoppergrace/ps1/p1.ipynb": "late",
        "hoppergrace/ps1/timestamp.txt": "2027-02-03 09:00:00 UTC",
    }
    assert [(h.student, h.late, h.time_from) for h in result.collected] == [
        ("hoppergrace", True, "archive"), ("lovelaceada", False, "due date"),
    ]  # fmt: skip
    assert (result.refused, result.passed_over) == ((), 1)
    assert any("LATE" in note for note in result.notes)
    assert any("Europe/Berlin" in note for note in result.notes)


def test_canvas_before_the_due_date_keeps_the_archive_s_time(root: Path, tmp_path: Path) -> None:
    take(root, zipped(tmp_path / "a.zip", {"lovelaceada_1_2_p1.ipynb": "x"}))
    assert stamp(root, "lovelaceada") == NOON


def test_moodle(root: Path, tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "a.zip",
        {
            "Ada Lovelace_1234567_assignsubmission_file_/p1.ipynb": "a",
            "Ada Lovelace_1234567_assignsubmission_file_/more/x.csv": "x",
            "Jürgen Müller_1234568_assignsubmission_file_/p1 (2).ipynb": "j",
            "Jürgen Müller_1234568_assignsubmission_onlinetext_/onlinetext.html": "o",
            "Grace Hopper_1234569_assignsubmission_file_p2.ipynb": "g",
        },
    )
    result = take(root, archive)
    assert submitted(root) == {
        "Ada Lovelace/ps1/p1.ipynb": "a",
        "Ada Lovelace/ps1/more/x.csv": "x",
        "Ada Lovelace/ps1/timestamp.txt": NOON,
        "Jürgen Müller/ps1/p1.ipynb": "j",
        "Jürgen Müller/ps1/timestamp.txt": NOON,
        "Grace Hopper/ps1/p2.ipynb": "g",
        "Grace Hopper/ps1/timestamp.txt": NOON,
    }
    assert result.sources[0].form == "moodle"


def test_blackboard_keeps_every_attempt(root: Path, tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "a.zip",
        {
            "HW_ada_attempt_2027-01-26-23-11-02_p1.ipynb": "late",
            "HW_ada_attempt_2027-01-26-23-11-02.txt": "receipt",
            "HW_ada_attempt_2027-01-25-23-11-02_p1.ipynb": "in time",
            "HW_bob_attempt_2027-01-24-12-00-00_p1.ipynb": "b",
        },
    )
    result = take(root, archive)
    assert submitted(root) == {
        "ada/ps1/p1.ipynb": "late",
        "ada/ps1/timestamp.txt": "2027-01-26 22:11:02 UTC",
        "bob/ps1/p1.ipynb": "b",
        "bob/ps1/timestamp.txt": "2027-01-24 11:00:00 UTC",
    }
    assert submitted(root, "collected") == {
        "ps1/ada/2027-01-25T22-11-02Z/p1.ipynb": "in time",
        "ps1/ada/2027-01-25T22-11-02Z/timestamp.txt": "2027-01-25 22:11:02 UTC",
    }
    assert [(h.student, h.late) for h in result.collected] == [("ada", True), ("bob", False)]
    assert [(h.student, h.folder) for h in result.older] == [
        ("ada", "collected/ps1/ada/2027-01-25T22-11-02Z")
    ]


def test_gradescope_lands_a_pair_s_work_with_both(root: Path, tmp_path: Path) -> None:
    metadata = (
        "submission_1:\n  :submitters:\n  - :name: A\n    :email: a@x.org\n"
        "  - :name: B\n    :email: b@x.org\n  :created_at: 2027-01-25 10:00:00.123 Z\n"
    )
    archive = zipped(
        tmp_path / "a.zip",
        {
            "export/submission_metadata.yml": metadata,
            "export/submission_1/p1.ipynb": "pair",
            "export/submission_2/p1.ipynb": "whose?",
        },
    )
    result = take(root, archive)
    assert submitted(root) == {
        f"{who}@x.org/ps1/{name}": text
        for who in "ab"
        for name, text in (("p1.ipynb", "pair"), ("timestamp.txt", "2027-01-25 10:00:00 UTC"))
    }
    assert "submission_metadata.yml" in reasons(result)["export/submission_2/p1.ipynb"]


def test_plain_files_folders_and_archives_of_one_student(root: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    for name in ("loose/ada_p1.ipynb", "loose/ada_p2 (1).ipynb", "class/bob/p1.ipynb",
                 "class/bob/work/data.csv", "class/cem/ps1/p2.ipynb", "dora/p1.ipynb"):  # fmt: skip
        (inputs / name).parent.mkdir(parents=True, exist_ok=True)
        (inputs / name).write_text(name, encoding="utf-8")
        os.utime(inputs / name, (1_800_000_000, 1_800_000_000))
    eve = inputs / "eve.tar.gz"
    eve.write_bytes(hostile.make_tar(TarEntry(name="p1.ipynb", data=b"eve"), mode="w:gz"))
    singles = sorted((inputs / "loose").iterdir())
    result = take(root, *singles, inputs / "class", inputs / "dora", eve)
    files = submitted(root)
    assert [files.pop(f"{who}/ps1/timestamp.txt") for who in ("ada", "bob", "cem", "dora")] == [
        "2027-01-15 08:00:00 UTC"
    ] * 4
    assert files.pop("eve/ps1/timestamp.txt") == "2027-01-20 12:00:00 UTC"
    assert files == {
        "ada/ps1/p1.ipynb": "loose/ada_p1.ipynb",
        "ada/ps1/p2.ipynb": "loose/ada_p2 (1).ipynb",
        "bob/ps1/p1.ipynb": "class/bob/p1.ipynb",
        "bob/ps1/work/data.csv": "class/bob/work/data.csv",
        "cem/ps1/p2.ipynb": "class/cem/ps1/p2.ipynb",
        "dora/ps1/p1.ipynb": "dora/p1.ipynb",
        "eve/ps1/p1.ipynb": "eve",
    }
    assert sorted(source.name for source in result.sources) == [
        "2 single notebooks", "class", "dora", "eve.tar.gz",
    ]  # fmt: skip


def test_a_folder_of_the_student_s_own_is_lifted(root: Path, tmp_path: Path) -> None:
    files = {
        "ada/my work/p1.ipynb": "1",
        "ada/my work/x.csv": "x",
        "ada/readme": "r",
        "bob/p1.ipynb": "b",
    }
    take(root, zipped(tmp_path / "a.zip", {**files, "bob/p1.ipynb": "b"}))
    assert {name for name in submitted(root) if name.startswith("ada")} == {
        "ada/ps1/p1.ipynb", "ada/ps1/x.csv", "ada/ps1/readme", "ada/ps1/timestamp.txt",
    }  # fmt: skip


def test_a_pattern_and_a_form_overrule_the_names(root: Path, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"x_1_2_p1.ipynb": "1"})
    assert take(root, archive, form="plain").collected[0].student == "x_1_2"
    pattern = r"(?P<last_name>\w)_(?P<student_id>\d)_(?P<timestamp>\d*)"
    with pytest.raises(CourseError, match="regular expression"):
        take(root, archive, pattern="(")
    with pytest.raises(CourseError, match="student_id"):
        take(root, archive, pattern=r"(\w+)")
    with pytest.raises(CourseError, match="blackbord"):
        take(root, archive, form="blackbord")
    result = take(root, archive, pattern=pattern)
    assert "no time" in reasons(result)["x_1_2_p1.ipynb"]
    result = take(root, archive, pattern=pattern.replace("_(?P<timestamp>\\d*)", ""))
    assert result.collected[0].student == "1"
    assert result.sources[0].form == "pattern"


def test_a_roster_names_students(root: Path, tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text(
        'student_id,lms_id,name\nal1,,"Lovelace, Ada"\njm1,7,Jo March\njm2,8,Jo March\n',
        encoding="utf-8",
    )
    names = ("lovelaceada_1_1_p1.ipynb", "marchjo_7_2_p1.ipynb", "marchjo_8_3_p1.ipynb",
             "stranger_9_4_p1.ipynb", "marchjo_10_5_p1.ipynb")  # fmt: skip
    archive = zipped(tmp_path / "a.zip", {name: name for name in names})
    result = take(root, archive, roster=roster)
    assert sorted(one.student for one in result.collected) == ["al1", "jm1", "jm2"]
    assert submitted(root)["jm2/ps1/p1.ipynb"] == "marchjo_8_3_p1.ipynb"
    why = reasons(result)
    assert "not in the roster class.csv" in why["stranger_9_4_p1.ipynb"]
    assert "jm1 or jm2" in why["marchjo_10_5_p1.ipynb"]


# ---------------------------------------------------------------------- older, newer, the same


def attempt(path: Path, text: str, time: str, **more: str) -> Path:
    return zipped(path, {"ada/p1.ipynb": text, **more}, time=at(time))


def test_the_newest_lands_whatever_the_order(tmp_path: Path) -> None:
    archives = [
        attempt(tmp_path / f"{day}.zip", f"day {day}", f"2027-01-{day} 12:00")
        for day in (10, 11, 12)
    ]
    results = []
    for number, order in enumerate(itertools.permutations(archives)):
        roots = at_once, one_by_one = [make_root(tmp_path / f"{number}{kind}") for kind in "ab"]
        take(at_once, *order)
        for archive in order:
            take(one_by_one, archive)
        results += [(submitted(root), submitted(root, "collected")) for root in roots]
    assert results[0] == (
        {"ada/ps1/p1.ipynb": "day 12", "ada/ps1/timestamp.txt": "2027-01-12 11:00:00 UTC"},
        {
            f"ps1/ada/2027-01-{day}T11-00-00Z/{name}": text
            for day in (10, 11)
            for name, text in (
                ("p1.ipynb", f"day {day}"), ("timestamp.txt", f"2027-01-{day} 11:00:00 UTC"),
            )
        },
    )  # fmt: skip
    assert all(result == results[0] for result in results)


@given(data=st.data())
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
def test_collecting_again_in_any_order_changes_nothing(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    folder = tmp_path_factory.mktemp("again")
    root = make_root(folder / "course")
    days = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    texts = st.sampled_from(["x", "y", "z"])
    archives = [
        attempt(folder / f"{number}.zip", data.draw(texts), f"2027-01-{day:02} 12:00")
        for number, day in enumerate(days)
    ]
    take(root, *archives)
    before = courses.tree(root)
    for archive in data.draw(st.permutations(archives)):
        result = take(root, archive)
        assert (result.collected, result.older, result.refused) == ((), (), ())
        assert len(result.unchanged) == 1
    assert courses.tree(root) == before


def test_a_newer_hand_in_is_never_overwritten(root: Path, tmp_path: Path) -> None:
    there = root / "submitted" / "ada" / PS
    there.mkdir(parents=True)
    (there / "p1.ipynb").write_text("by hand", encoding="utf-8")
    (there / "timestamp.txt").write_text("2027-01-24 12:00:00 +0100", encoding="utf-8")
    result = take(root, attempt(tmp_path / "a.zip", "older", "2027-01-24 11:59"))
    assert (there / "p1.ipynb").read_text(encoding="utf-8") == "by hand"
    assert [one.folder for one in result.older] == ["collected/ps1/ada/2027-01-24T10-59-00Z"]
    result = take(root, attempt(tmp_path / "b.zip", "newer", "2027-01-24 12:01"))
    assert (there / "p1.ipynb").read_text(encoding="utf-8") == "newer"
    assert submitted(root, "collected")["ps1/ada/2027-01-24T11-00-00Z/p1.ipynb"] == "by hand"


def test_the_same_content_keeps_its_first_time(root: Path, tmp_path: Path) -> None:
    take(root, attempt(tmp_path / "a.zip", "same", "2027-01-20 12:00"))
    before = courses.tree(root)
    result = take(root, attempt(tmp_path / "b.zip", "same", "2027-01-30 12:00"))
    assert [one.folder for one in result.unchanged] == ["submitted/ada/ps1"]
    assert courses.tree(root) == before


def test_going_back_to_an_old_answer_counts_as_new(root: Path, tmp_path: Path) -> None:
    for text, day in (("a", 20), ("b", 21), ("a", 22)):
        take(root, attempt(tmp_path / f"{day}.zip", text, f"2027-01-{day} 12:00"))
    assert submitted(root)["ada/ps1/p1.ipynb"] == "a"
    assert stamp(root, "ada") == "2027-01-22 11:00:00 UTC"
    assert len(list((root / "collected" / PS / "ada").iterdir())) == 2


def test_canvas_archives_of_two_downloads_are_put_in_order(root: Path, tmp_path: Path) -> None:
    archives = [
        zipped(
            tmp_path / f"{n}.zip",
            {f"lovelaceada_1_{n}_p1.ipynb": f"{n}"},
            at(f"2027-02-0{n} 12:00"),
        )
        for n in (1, 2)
    ]
    for archive in (*reversed(archives), archives[0]):
        take(root, archive)
        assert submitted(root)["lovelaceada/ps1/p1.ipynb"] == "2"
        assert stamp(root, "lovelaceada") == DUE


def test_two_files_of_one_name_are_two_attempts(root: Path, tmp_path: Path) -> None:
    files = {
        "lovelaceada_1_5_p1.ipynb": "first",
        "lovelaceada_1_7_p1-1.ipynb": "second",
        "lovelaceada_1_6_p2.ipynb": "other",
    }
    result = take(root, zipped(tmp_path / "a.zip", files))
    assert submitted(root)["lovelaceada/ps1/p1.ipynb"] == "second"
    assert submitted(root)["lovelaceada/ps1/p2.ipynb"] == "other"
    assert [one.files for one in result.older] == [("p1.ipynb",)]
    files = {"bob/p1.ipynb": "x", "bob/p1 (1).ipynb": "y", "bob/p1 (2).ipynb": "y"}
    take(root, zipped(tmp_path / "b.zip", files))
    assert submitted(root)["bob/ps1/p1.ipynb"] == "y"
    kept = submitted(root, "collected")
    assert [text for name, text in kept.items() if "/bob/" in name and "p1" in name] == ["x"]


def test_a_file_and_a_folder_of_one_name_are_not_in_each_other_s_way(
    root: Path, tmp_path: Path
) -> None:
    result = take(
        root, zipped(tmp_path / "a.zip", {"ada/p1.ipynb": "1", "ada/x": "f", "ada/x/y": "g"})
    )
    assert submitted(root)["ada/ps1/x/y"] == "g"
    assert [one.files for one in result.older] == [("x",)]


def test_a_notebook_that_the_newest_lacks_is_taken_over(root: Path, tmp_path: Path) -> None:
    first = attempt(tmp_path / "a.zip", "old 1", "2027-01-20 12:00", **{"ada/p2.ipynb": "old 2"})
    second = attempt(tmp_path / "b.zip", "new 1", "2027-01-21 12:00")
    wanted = {
        "ada/ps1/p1.ipynb": "new 1",
        "ada/ps1/p2.ipynb": "old 2",
        "ada/ps1/timestamp.txt": "2027-01-21 11:00:00 UTC",
    }
    result = take(root, first, second)
    assert submitted(root) == wanted
    assert any("lacks p2.ipynb" in note for note in result.notes)
    other = make_root(root.with_name("other"))
    take(other, first)
    take(other, second)
    assert submitted(other) == wanted
    assert take(other, first, second).collected == ()
    # A notebook under a strange name may be the missing one: nothing is taken over then.
    files = {"ada/p1.ipynb": "3", "ada/my answers.ipynb": "?"}
    take(root, zipped(tmp_path / "c.zip", files, at("2027-01-22 12:00")))
    assert "ada/ps1/p2.ipynb" not in submitted(root)


def test_what_was_taken_out_by_hand_lands_again(root: Path, tmp_path: Path) -> None:
    archives = [attempt(tmp_path / f"{n}.zip", f"{n}", f"2027-01-2{n} 12:00") for n in (1, 2)]
    take(root, *archives)
    for path in (root / "submitted" / "ada" / PS).iterdir():
        path.unlink()
    (root / "submitted" / "ada" / PS).rmdir()
    take(root, archives[0])
    assert submitted(root)["ada/ps1/p1.ipynb"] == "1"


# ------------------------------------------------------------------------------------- refusals


def test_two_students_in_one_name_are_both_refused(root: Path, tmp_path: Path) -> None:
    canvas = zipped(
        tmp_path / "a.zip",
        {"marchjo_7_1_p1.ipynb": "a", "marchjo_8_2_p1.ipynb": "b", "lovelaceada_1_3_p1.ipynb": "c"},
    )
    result = take(root, canvas)
    assert {name.split("/")[0] for name in submitted(root)} == {"lovelaceada"}
    assert all("--roster" in why for why in reasons(result).values())
    assert len(result.refused) == 2
    # The same in two archives, and in two runs.
    first = zipped(tmp_path / "1.zip", {"Jo March_7_assignsubmission_file_/p1.ipynb": "a"})
    second = zipped(tmp_path / "2.zip", {"Jo March_8_assignsubmission_file_/p1.ipynb": "b"})
    assert len(take(root, first, second).refused) == 2
    assert take(root, first).refused == ()
    assert len(take(root, second).refused) == 1
    assert submitted(root)["Jo March/ps1/p1.ipynb"] == "a"
    blind = zipped(
        tmp_path / "3.zip",
        {f"Participant_{n}_assignsubmission_file_/p1.ipynb": "x" for n in (1, 2, 3)},
    )
    assert len(take(root, blind).refused) == 3


@pytest.mark.parametrize(
    "student",
    ["../x", ".", "..", ".hidden", "a" * 300, "a\nb", "\u202eada", "con", "a\\b", "C:x", ""],
)
def test_bad_student_ids_are_refused_or_passed_over(
    student: str, root: Path, tmp_path: Path
) -> None:
    archive = zipped(tmp_path / "a.zip", {f"{student}/p1.ipynb": "bad", "bob/p1.ipynb": "good"})
    before = courses.tree(tmp_path)
    result = take(root, archive)
    assert {name.split("/")[0] for name in submitted(root)} == {"bob"}
    assert len(result.refused) == 1
    new = {name for name in courses.tree(tmp_path) if name not in before}
    assert all(
        name.startswith(("course/submitted", "course/.dfl", "course/collected")) for name in new
    )


def test_students_that_look_alike_are_kept_apart(root: Path, tmp_path: Path) -> None:
    students = ["ada", "Ada", "José", "Jose\u0301", "\u0430da"]
    files = {f"{student}/p1.ipynb": student for student in students}
    result = take(root, zipped(tmp_path / "a.zip", files))
    assert {name.split("/")[0] for name in submitted(root)} == set(students)
    assert sum("two students" in note for note in result.notes) == 2
    assert result.refused == ()


def test_students_that_the_disk_cannot_tell_apart_are_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect_room, "folds_names", lambda folder: True)
    (root / "submitted" / "Eve").mkdir(parents=True)
    files = {"ada/p1.ipynb": "1", "Ada/p1.ipynb": "2", "José/p1.ipynb": "3",
             "Jose\u0301/p1.ipynb": "4", "eve/p1.ipynb": "5", "bob/p1.ipynb": "6",
             "bob/X.csv": "7", "bob/x.csv": "8"}  # fmt: skip
    result = take(root, zipped(tmp_path / "a.zip", files))
    assert {one.student for one in result.collected} == {"bob"}
    assert len(result.refused) == 5
    assert all("tell" in why for why in reasons(result).values())
    assert [one.files for one in result.older] == [("X.csv",)]


def test_this_disk_tells_names_apart(tmp_path: Path) -> None:
    (tmp_path / "Twin").mkdir()
    assert landing.folds_names(tmp_path / "Twin") == (tmp_path / "tWIN").exists()
    assert not landing.folds_names(Path("/"))


def test_too_much_for_one_student_or_in_all_is_refused(root: Path, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"{who}/p1.ipynb": f"{who[0]}" * 500 for who in ("ada", "bob", "eve")
    }
    files["ada/a.csv"] = "x" * 600
    bounds = Bounds(student_bytes=1000, total_bytes=1200)
    result = take(root, zipped(tmp_path / "a.zip", files), bounds=bounds)
    why = reasons(result)
    assert "one student" in why["ada/a.csv"]
    assert [one.student for one in result.collected] == ["ada", "bob"]
    assert sum("in all" in reason for reason in why.values()) == 1


def test_a_notebook_that_is_damaged_does_not_replace_a_good_one(root: Path, tmp_path: Path) -> None:
    take(root, attempt(tmp_path / "a.zip", "good", "2027-01-20 12:00"))
    bad = (
        Entry(name=b"ada/p1.ipynb", data=b"bad", crc=1, clock=at("2027-01-21 12:00")),
        Entry(name=b"ada/x.csv", clock=at("2027-01-21 12:00")),
        Entry(name=b"bob/p1.ipynb", data=b"fine"),
    )
    (tmp_path / "b.zip").write_bytes(hostile.make_zip(*bad))
    result = take(root, tmp_path / "b.zip")
    assert submitted(root)["ada/ps1/p1.ipynb"] == "good"
    assert submitted(root)["bob/ps1/p1.ipynb"] == "fine"
    assert "checksum" in reasons(result)["ada/p1.ipynb"]
    assert "all refused" in reasons(result)["ada/x.csv"]


def test_a_student_s_own_timestamp_and_junk_are_not_taken(root: Path, tmp_path: Path) -> None:
    files = {
        "ada/p1.ipynb": "1",
        "ada/timestamp.txt": "1999-01-01 00:00:00",
        "ada/.DS_Store": "x",
        "__MACOSX/ada/._p1.ipynb": "x",
        "ada/.ipynb_checkpoints/p1-checkpoint.ipynb": "x",
    }
    result = take(root, zipped(tmp_path / "a.zip", files))
    assert submitted(root) == {"ada/ps1/p1.ipynb": "1", "ada/ps1/timestamp.txt": NOON}
    assert result.passed_over == 4
    assert any("not believed" in note for note in result.notes)


def test_places_that_are_no_folders_are_told_and_stop_nobody(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "submitted" / "cem").mkdir(parents=True)
    (root / "submitted" / "ada").symlink_to(outside)
    (root / "submitted" / "bob").write_text("x", encoding="utf-8")
    (root / "submitted" / "cem" / PS).symlink_to(outside)
    files = {f"{student}/p1.ipynb": "1" for student in ("ada", "bob", "cem", "dora")}
    result = take(root, zipped(tmp_path / "a.zip", files))
    assert [one.student for one in result.collected] == ["dora"]
    assert set(reasons(result)) == {"ada", "bob", "cem"}
    assert list(outside.iterdir()) == []


# ---------------------------------------------------------------------------------- the command

HOSTILE: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "zip slip": ("leads out", lambda: good_and(b"eve/../../../evil.ipynb")),
    "absolute path": ("absolute", lambda: good_and(b"/tmp/evil.ipynb")),
    "symlink": ("a link", lambda: good_and(mode=0o120777)),
    "tar symlink": ("a link", lambda: tarred(type=b"2", linkname="/etc/passwd")),
    "hard link": ("a hard link", lambda: tarred(type=b"1", linkname="ada/p1.ipynb")),
    "device": ("a device", lambda: tarred(type=b"3", devmajor=1, devminor=5)),
    "tar slip": ("leads out", lambda: tarred(name="../../evil.ipynb")),
    "zip bomb": ("zip bomb", lambda: good_and(size=10**8)),
    "lying size": ("larger", lambda: good_and(size=1)),
    "nested archive": ("archive inside", lambda: good_and(b"eve/hw.zip")),
    "encrypted archive": ("password", lambda: good_and(flags=1)),
    "another encoding": ("encoding", lambda: good_and(b"\xff\xfe/p1.ipynb", flags=0x800)),
    "control characters": ("control", lambda: good_and(b"e\x1b[2J/p1.ipynb")),
    "wrong checksum": ("checksum", lambda: good_and(crc=7)),
    "cut short": ("download it again", lambda: tarred()[:3000]),
}
GOOD = (Entry(name=b"ada/p1.ipynb", data=b"good"), Entry(name=b"bob/p1.ipynb", data=b"good"))


def good_and(name: bytes = b"eve/p1.ipynb", **fields: Any) -> bytes:
    return hostile.make_zip(*GOOD, Entry(name=name, data=b"evil" * 9, **fields))


def tarred(name: str = "eve/p1.ipynb", **fields: object) -> bytes:
    good = (TarEntry(name=one.name.decode(), data=one.data) for one in GOOD)
    evil = TarEntry(name=name, data=b"" if fields else b"x" * 900, fields=fields)
    return hostile.make_tar(*good, evil)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_member_is_refused_by_name_and_the_rest_collected(
    what: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    why, make = HOSTILE[what]
    archive = tmp_path / "class.bin"
    archive.write_bytes(make())
    before = courses.tree(tmp_path)
    code, out, err = run(root, archive, "--problem-set", PS, "--json", capsys=capsys)
    result = json.loads(out)
    assert (code, err) == (1, "")
    assert [one["student"] for one in result["collected"]] == ["ada", "bob"]
    assert why in result["refused"][0]["why"]
    assert len(result["refused"]) == (2 if what == "cut short" else 1)
    new = {name for name in courses.tree(tmp_path) if name not in before}
    assert {name for name in new if name.endswith(".ipynb")} == {
        f"course/submitted/{student}/ps1/p1.ipynb" for student in ("ada", "bob")
    }
    assert not any("evil" in name or "eve" in name or "collecting" in name for name in new)


def test_a_hard_hit_archive_of_everything_leaves_the_good(root: Path, tmp_path: Path) -> None:
    bomb = hostile.overlapping_bomb([b"eve/%d.ipynb" % n for n in range(300)], 9_000_000)
    (tmp_path / "bomb.zip").write_bytes(bomb)
    good = zipped(tmp_path / "good.zip", {"ada/p1.ipynb": "good"})
    result = take(root, tmp_path / "bomb.zip", good)
    assert {one.student for one in result.collected} == {"ada"}
    assert len(result.refused) == 101
    assert "200 more" in result.refused[-1].name


def test_the_command_tells_people_what_it_did(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = zipped(tmp_path / "a.zip", {"HW_ada_attempt_2027-01-26-23-11-02_p1.ipynb": "1"})
    code, out, err = run(root, archive, "-p", PS, capsys=capsys)
    assert (code, err) == (0, "")
    for words in ("blackboard", "ada", "collected", "late", "Europe/Berlin", "1 collected"):
        assert words in out
    evil = zipped(tmp_path / "b.zip", {"e\x1b[2Jve/p1.ipynb": "1", "bob/p1.ipynb": "2"})
    code, out, _ = run(root, evil, "-p", PS, capsys=capsys)
    assert code == 1
    assert "Refused" in out
    assert "\x1b" not in out


def test_the_manual_names_every_option_and_bound(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manual = (Path(__file__).parent.parent / "docs/commands.md").read_text(encoding="utf-8")
    code, out, _ = run(root, "--help", capsys=capsys)
    assert code == 0
    options = set(re.findall(r"--[a-z-]+", out)) - {"--course", "--help"}
    assert options == {"--problem-set", "--from", "--pattern", "--roster", "--dry-run", "--json"}
    assert all(f"`{option}" in manual for option in options)
    bounds = Bounds()
    for words in (
        f"{bounds.file_bytes // 10**6} MB a file",
        f"{bounds.student_bytes // 10**6} MB a student",
        f"{bounds.total_bytes // 10**9} GB in all",
        f"{bounds.members:,} entries",
        f"{bounds.ratio} times",
        f"{bounds.ratio_from // 10**6} MB on",
    ):
        assert words in " ".join(manual.split()), words
    keys = {field.name for field in fields(CollectResult)} - {"problem_set", "dry_run"}
    assert all(f"`{key}`" in manual for key in keys)


def test_a_dry_run_tells_the_same_and_writes_nothing(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(root, attempt(tmp_path / "a.zip", "old", "2027-01-20 12:00"))
    new = attempt(tmp_path / "b.zip", "new", "2027-01-21 12:00", **{"bob/p1.ipynb": "b"})
    before = courses.tree(tmp_path)
    _, out, _ = run(root, new, "-p", PS, "--dry-run", "--json", capsys=capsys)
    assert courses.tree(tmp_path) == before
    told = json.loads(out)
    assert told.pop("dry_run") is True
    _, out, _ = run(root, new, "-p", PS, "--json", capsys=capsys)
    assert told == {key: value for key, value in json.loads(out).items() if key != "dry_run"}
    assert len(told["collected"]) == 2


def test_operators_faults_end_with_2_and_nothing_written(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = zipped(tmp_path / "good.zip", {"ada/p1.ipynb": "1"})
    (tmp_path / "text.zip").write_text("no archive", encoding="utf-8")
    (tmp_path / "cut.zip").write_bytes(good.read_bytes()[:-5])
    (tmp_path / "list.csv").write_text("name\nAda\n", encoding="utf-8")
    (root / "submitted").mkdir()
    before = courses.tree(tmp_path)
    faults: Sequence[tuple[object, ...]] = (
        (tmp_path / "missing.zip", good, "-p", PS),
        (good, tmp_path / "text.zip", "-p", PS),
        (good, tmp_path / "cut.zip", "-p", PS),
        (good, "-p", "ps7"),
        (good,),
        ("-p", PS),
        (good, "-p", PS, "--roster", tmp_path / "list.csv"),
        (good, "-p", PS, "--pattern", "("),
        (good, "-p", PS, "--from", "nowhere"),
        (root / "submitted", "-p", PS),
        (root, "-p", PS),
    )
    for arguments in faults:
        code, out, err = run(root, *arguments, capsys=capsys)
        assert (code, out) == (2, ""), arguments
        assert err
    assert courses.tree(tmp_path) == before


def test_nobody_collects_while_somebody_grades(root: Path, tmp_path: Path) -> None:
    good = zipped(tmp_path / "good.zip", {"ada/p1.ipynb": "1"})
    course = load_course(root)
    with landing.staging(course, PS), pytest.raises(CourseError, match="another process"):
        collect(course, PS, [good])
    assert collect(course, PS, [good]).collected


# --------------------------------------------------------------------------------------- a kill


def kill_at(step: int) -> None:
    """Let this process end, as by SIGKILL, before its `step`-th touch of the disk."""
    left = [step]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        touches = event in ("os.mkdir", "os.rename", "os.rmdir", "os.remove", "ctypes.dlsym")
        writes = event == "open" and bool(int(str(arguments[2] or 0)) & (os.O_WRONLY | os.O_RDWR))
        if touches or writes:
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)

    sys.addaudithook(watch)


def killed(root: Path, archive: Path, step: int) -> bool:
    """Collect in a child that is killed at that step; whether it came so far."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            course = load_course(root)
            kill_at(step)
            collect(course, PS, [archive])
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 9)
    return os.waitstatus_to_exitcode(status) == 9


@pytest.mark.parametrize("exchange", [True, False], ids=["in one step", "in two steps"])
def test_a_kill_at_any_step_leaves_whole_hand_ins_and_loses_none(
    exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchange:
        monkeypatch.setattr(landing.sys, "platform", "elsewhere")
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # a kill is no power cut
    old = {f"ada/{name}": f"old {name}" for name in ("p1.ipynb", "p2.ipynb", "x.csv")}
    new = {
        f"{who}/{name}": f"new {name}"
        for who in ("ada", "bob")
        for name in ("p1.ipynb", "p2.ipynb")
    }
    first = zipped(tmp_path / "a.zip", old, at("2027-01-20 12:00"))
    second = zipped(tmp_path / "b.zip", new, at("2027-01-21 12:00"))
    reference = make_root(tmp_path / "reference")
    take(reference, first)
    versions = {"ada": [whole(reference, "ada")], "bob": [{}]}
    take(reference, second)
    for who, seen in versions.items():
        seen.append(whole(reference, who))
    finished = 0
    for step in itertools.count():
        root = make_root(tmp_path / f"{step}")
        take(root, first)
        if not killed(root, second, step):
            finished += 1
        for who, seen in versions.items():
            now = whole(root, who)
            # Where two steps are needed, a kill between them leaves none.
            assert now in seen or (not exchange and now == {}), (step, who, now)
        kept = submitted(root, "collected")
        everywhere = [*submitted(root).values(), *kept.values()]
        assert "old x.csv" in everywhere, step
        take(root, second)
        assert submitted(root) == submitted(reference), step
        assert submitted(root, "collected") == submitted(reference, "collected"), step
        left = [path.name for path in root.rglob(".*")]
        assert not [name for name in left if name.startswith((".coll", ".keep", ".made"))]
        if finished:
            break
    assert step > 20


def whole(root: Path, student: str) -> dict[str, str]:
    """What is in a student's place."""
    return {n: text for n, text in submitted(root).items() if n.startswith(f"{student}/")}


def test_a_full_disk_is_told_and_leaves_what_was_there(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(root, attempt(tmp_path / "a.zip", "old", "2027-01-20 12:00"))
    before = courses.tree(root)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "p1.ipynb")

    monkeypatch.setattr(landing.shutil, "copyfile", full)
    result = take(root, attempt(tmp_path / "b.zip", "new", "2027-01-21 12:00"))
    assert "No space left" in reasons(result)["ada"]
    monkeypatch.undo()
    assert submitted(root)["ada/ps1/p1.ipynb"] == "old"
    assert {n for n in courses.tree(root) if "/." not in n} >= {n for n in before if "/." not in n}
    take(root, tmp_path / "b.zip")
    assert submitted(root)["ada/ps1/p1.ipynb"] == "new"


def test_a_disk_that_is_full_while_reading_ends_the_command(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    archive = attempt(tmp_path / "a.zip", "new", "2027-01-21 12:00")

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(collect_room, "digest_of", full)
    code, out, err = run(root, archive, "-p", PS, "--json", capsys=capsys)
    assert (code, out) == (2, "")
    assert "No space left" in err
    assert submitted(root) == {}
    assert list((root / "submitted").iterdir()) == []


def test_what_lands_is_readable_and_not_executable(root: Path, tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(hostile.make_zip(Entry(name=b"ada/p1.ipynb", mode=0o104777)))
    take(root, archive)
    place = root / "submitted" / "ada" / PS
    assert stat.S_IMODE((place / "p1.ipynb").stat().st_mode) == 0o644
    assert stat.S_IMODE(place.stat().st_mode) == 0o755


# -------------------------------------------------------------------------------- end to end


def test_what_is_collected_is_graded(tmp_path: Path) -> None:
    root = courses.make_course(tmp_path / "course", toml=TOML.replace(PS, courses.PS))
    source = (root / "source" / PS / "p1.ipynb").read_bytes()
    wrong = json.loads(source)
    for cell in wrong["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "square":
            cell["source"] = courses.WRONG_SQUARE
    archive = zipped(
        tmp_path / "submissions.zip",
        {
            "lovelaceada_1_10_p1-1.ipynb": source,
            "hoppergrace_LATE_2_11_p1.ipynb": json.dumps(wrong),
            "hoppergrace_LATE_2_12_p1.zip": b"PK",
        },
        time=at("2027-01-27 12:00"),
    )
    courses.dfl(root, "collect", str(archive), "--problem-set", PS, code=1)
    courses.grade(root, PS)
    ada, grace = (courses.report(root, who) for who in ("lovelaceada", "hoppergrace"))
    assert (ada["score"], grace["score"]) == (5, 3)
    assert (ada["late"]["seconds"], grace["late"]["seconds"]) == (0, 36 * 3600 + 60)
