"""One hand-in for several students: who is in a group, whose hand-in counts, and what each gets."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import courses
import pytest
import tiny_course as tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from dfl_grading.course import load_course
from dfl_grading.course_file import ProblemSetConfig
from dfl_grading.errors import CourseError
from dfl_grading.extend import extend
from dfl_grading.groups import share, with_groups
from dfl_grading.hand_ins import HandIns
from dfl_grading.model import Submission
from dfl_grading.store import Store

TOML = """
    [[problem_set]]
    name = "ps1"
    due = 2030-03-01T09:30:00Z
    groups = [["ada", "bob"]]

    [late]
    points_per_day = 1
"""
HEAD = "problem_set,group,student\n"


def graded(root: Path) -> Path:
    """A course where ada handed in for bob too, the later of eve and flo for both, and gus."""
    courses.make_course(root, toml=TOML)
    courses.write(root / "groups.csv", f"{HEAD}*,x,eve\n,x,flo\n*,x,bob\n")
    first = courses.hand_in(root, "ada", {"square": courses.WRONG_SQUARE})
    (first / "submission_secret.txt").write_text("ada's")
    courses.hand_in(root, "eve", {"square": courses.WRONG_SQUARE})
    late = courses.hand_in(root, "flo")
    (late / "timestamp.txt").write_text("2030-03-01 10:00:01 UTC")
    courses.hand_in(root, "gus")
    with Store(load_course(root).database_url) as store:
        extend(load_course(root), "ps1", ["bob"], timedelta(hours=1), store)
    return root


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = graded(tmp_path_factory.mktemp("groups"))
    done = courses.dfl(root, "grade")
    courses.dfl(root, "feedback")
    return root, done.stdout + done.stderr


GROUPS = {
    "ada": ["ada", "bob"],
    "bob": ["ada", "bob"],
    "eve": ["flo", "eve"],
    "flo": ["flo", "eve"],
    "gus": [],
}


def test_every_member_has_the_grade_and_a_report_that_names_the_group(
    course: tuple[Path, str],
) -> None:
    root, _ = course
    for student, group in GROUPS.items():
        made = courses.report(root, student)
        assert (made["student"], made["group"]) == (student, group)
        assert made["score"] == (3.0 if student in ("ada", "bob") else 5.0)
    runs = [json.dumps(courses.report(root, student)["run"]) for student in GROUPS]
    assert runs[0] == runs[1] != runs[4], "one hand-in runs once"
    assert runs[2] == runs[3]


def test_every_member_is_in_gradebook_export_feedback_and_page(course: tuple[Path, str]) -> None:
    root, _ = course
    with Store(load_course(root).database_url, create=False) as store:
        rows = {row.student: row for row in store.scores("ps1")}
    assert {name: row.raw_score for name, row in rows.items()} == {
        "ada": 3.0,
        "bob": 3.0,
        "eve": 5.0,
        "flo": 5.0,
        "gus": 5.0,
    }
    courses.dfl(root, "export", "--to", "csv", "--output", "out.csv")
    with (root / "out.csv").open() as file:
        assert {row["student"] for row in csv.DictReader(file)} == set(GROUPS)
    page = (root / "feedback/bob/ps1/p1.html").read_text()
    assert "<bdi>bob</bdi> with <bdi>ada</bdi>" in page
    assert " with " not in (root / "feedback/gus/ps1/p1.html").read_text().split("</header>")[0]
    assert "with ada" in (root / "reports/ps1.html").read_text()
    assert (root / "autograded/bob/ps1/p1.ipynb").read_bytes() == (
        root / "autograded/ada/ps1/p1.ipynb"
    ).read_bytes()


def test_nbgraders_own_export_and_feedback_have_every_member(course: tuple[Path, str]) -> None:
    root, _ = course
    pages = root / "nbgraders"
    folder = f"--CourseDirectory.feedback_directory={pages.name}"
    tiny.nbgrader(root, ["export", "--to=theirs.csv"], ["generate_feedback", "ps1", folder])
    with (root / "theirs.csv").open() as file:
        found = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert found == {"ada": 2, "bob": 3, "eve": 4, "flo": 4, "gus": 4}
    assert {path.parts[-3] for path in pages.glob("*/ps1/p1.html")} == set(GROUPS)


def test_extensions_are_each_students_own(course: tuple[Path, str]) -> None:
    root, _ = course
    late = {student: courses.report(root, student)["late"] for student in GROUPS}
    assert {student: fields["seconds"] for student, fields in late.items()} == {
        "ada": 1800,
        "bob": 0,
        "eve": 1801,
        "flo": 1801,
        "gus": 1800,
    }
    assert (late["ada"]["penalty"], late["bob"]["penalty"]) == (1, 0)


def test_the_older_hand_in_of_a_group_is_named(course: tuple[Path, str]) -> None:
    _, said = course
    words = " ".join(said.split())
    assert "eve/ps1 is of the same group as flo/ps1, which is newer and counts for 2" in words
    assert words.count("same group") == 1


def test_nbgraders_secret_stays_with_whom_it_was_given_to(course: tuple[Path, str]) -> None:
    root, _ = course
    secrets = {s: root / f"autograded/{s}/ps1/submission_secret.txt" for s in GROUPS}
    assert secrets["ada"].read_text() == "ada's"
    assert len(secrets["bob"].read_text()) == 128
    assert not secrets["eve"].exists()


def test_a_second_run_grades_nothing_and_a_changed_group_grades_anew(tmp_path: Path) -> None:
    root = graded(tmp_path)
    (before,) = courses.grade(root)
    assert before.fresh == set(GROUPS)
    (again,) = courses.grade(root)
    assert not again.fresh
    toml = (root / "course.toml").read_text()
    (root / "course.toml").write_text(toml.replace('"bob"]', '"bob", "hal"]'))
    (after,) = courses.grade(root)
    assert after.fresh == {"ada", "bob", "hal"}
    assert courses.report(root, "hal")["score"] == 3.0
    (one,) = courses.grade(root, students=("ha*",), force=True)
    assert one.fresh == {"hal"}
    assert courses.report(root, "hal")["score"] == 3.0


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (f"{HEAD}ps1,a,ada\nps1,b,ada\n", ":3:", "ada is in group a already"),
        (f"{HEAD}ps2,a,ada\n", ":2:", 'there is no problem set "ps2"; did you mean "ps1"?'),
        (f"{HEAD}ps1,a,x/ada\n", ":2:", "contains a slash"),
        (f"{HEAD}ps1,,ada\n", ":2:", "the group has no name"),
        (f"{HEAD}ps1,ada\n", ":2:", "is no line of problem_set,group,student"),
        (f"{HEAD}ps1,a,b,c\n", ":2:", "is no line of problem_set,group,student"),
        ("group,student\na,ada\n", ":", "its first line must be problem_set,group,student"),
        ("", ":", "its first line must be"),
        (f"{HEAD}ps1,x,eve\n", ":", "eve is in a group of ps1 here and in course.toml"),
    ],
)
def test_a_groups_file_that_cannot_be_used_is_refused(
    tmp_path: Path, text: str, line: str, words: str
) -> None:
    toml = '[[problem_set]]\nname = "ps1"\ngroups = [["eve", "flo"]]\n'
    (tmp_path / "course.toml").write_text(toml)
    (tmp_path / "groups.csv").write_text(text)
    with pytest.raises(CourseError) as caught:
        load_course(tmp_path)
    assert f"groups.csv{line}" in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('["ada", "bob"]', "groups is no list of lists of students"),
        ('[["ada", 1]]', "groups is no list of lists of students"),
        ('[["ada"], ["ada", "bob"]]', 'groups names "ada" twice'),
        ('[["ada", "a/b"]]', "which contains a slash"),
    ],
)
def test_groups_that_make_no_sense_are_refused_with_their_line(
    tmp_path: Path, value: str, words: str
) -> None:
    (tmp_path / "course.toml").write_text(f'[[problem_set]]\nname = "ps1"\ngroups = {value}\n')
    with pytest.raises(CourseError) as caught:
        load_course(tmp_path)
    assert "course.toml:3:" in str(caught.value)
    assert words in str(caught.value)


def test_a_file_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes("\ufeffproblem_set;group;student\r\n*;1;Zoë\r\n*;1;bob \r\n".encode())
    sets = with_groups({"ps1": ProblemSetConfig(name="ps1")}, path)
    assert sets["ps1"].groups == (("Zoë", "bob"),)


STUDENTS = "abcdef"
MEMBERS = st.lists(st.sampled_from(STUDENTS), unique=True, max_size=6)


@settings(deadline=None)
@given(
    there=st.dictionaries(
        st.sampled_from(STUDENTS),
        st.tuples(st.booleans(), st.none() | st.integers(0, 3)),
    ),
    members=MEMBERS,
    cut=st.integers(0, 6),
)
def test_all_have_the_newest_of_their_group_and_others_keep_their_own(
    there: dict[str, tuple[bool, int | None]], members: list[str], cut: int
) -> None:
    moments = [None, *(datetime(2030, 1, day) for day in range(1, 5))]
    found = HandIns(
        tuple(
            Submission(
                student=student,
                problem_set="ps1",
                folder=Path(student),
                notebooks={"p1": Path(student)} if has else {},
                timestamp=moments[0 if day is None else day + 1],
            )
            for student, (has, day) in sorted(there.items())
        ),
        (),
    )
    groups = [group for group in (members[:cut], members[cut:]) if len(group) > 1]
    made = share(found, groups)
    before = {one.student: one for one in found.submissions}
    after = {one.student: one for one in made.submissions}
    assert list(after) == sorted(after)
    for student in set(STUDENTS) - {who for group in groups for who in group}:
        assert after.get(student) == before.get(student)
    for group in groups:
        theirs = [before[who] for who in group if who in before]
        folders = {after[who].folder for who in group if who in after}
        assert len(folders) == bool(theirs)
        if theirs:
            assert {who for who in group if who in after} == set(group)
            counted = before[after[group[0]].owner]
            assert folders == {counted.folder}
            for one in theirs:
                assert bool(one.notebooks) <= bool(counted.notebooks)
                if bool(one.notebooks) == bool(counted.notebooks) and one.timestamp:
                    assert counted.timestamp is not None
                    assert one.timestamp <= counted.timestamp
    lost = sum(max(0, sum(who in before for who in group) - 1) for group in groups)
    assert len(made.remarks) == lost
