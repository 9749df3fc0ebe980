"""The course folder: finding it, reading its files, its paths and what was handed in."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dfl_grading.course import Course, find_course, load_course
from dfl_grading.course_file import PointsPolicy, Reading, why_unsafe
from dfl_grading.errors import CourseError
from dfl_grading.hand_ins import parse_timestamp
from dfl_grading.model import Limits

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def write(path: Path, text: str = NOTEBOOK) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def course_of(root: Path, toml: str | None = None, config: str | None = None) -> Course:
    if toml is not None:
        write(root / "course.toml", toml)
    if config is not None:
        write(root / "nbgrader_config.py", f"c = get_config()\n{config}\n")
    return load_course(root)


def refusal(root: Path, toml: str) -> str:
    with pytest.raises(CourseError) as caught:
        course_of(root, toml)
    message = str(caught.value)
    assert "\n" not in message
    return message


# --------------------------------------------------------------------------------- finding it


def test_a_course_is_found_from_a_folder_deep_inside(tmp_path: Path) -> None:
    write(tmp_path / "course.toml", "")
    write(tmp_path / "source/ps1/one.ipynb")
    assert find_course(tmp_path / "source/ps1") == tmp_path


@pytest.mark.parametrize("marker", ["course.toml", "nbgrader_config.py", "source/ps1/a.ipynb"])
def test_each_kind_of_course_is_found(tmp_path: Path, marker: str) -> None:
    write(tmp_path / "outer" / marker, "")
    inner = tmp_path / "outer/notes"
    inner.mkdir()
    assert find_course(inner) == tmp_path / "outer"


def test_a_named_course_above_wins_over_a_stray_source_folder_below(tmp_path: Path) -> None:
    write(tmp_path / "course.toml", "")
    write(tmp_path / "docs/source/index.rst", "")
    assert find_course(tmp_path / "docs") == tmp_path


def test_the_nearest_of_two_nested_courses_is_found(tmp_path: Path) -> None:
    write(tmp_path / "course.toml", "")
    write(tmp_path / "old/nbgrader_config.py", "")
    assert find_course(tmp_path / "old") == tmp_path / "old"


def test_no_course_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"no course in .* name one with --course DIR\.$"):
        find_course(tmp_path)
    with pytest.raises(CourseError, match=r"is no course: .* name the course's folder"):
        load_course(tmp_path)
    with pytest.raises(CourseError, match="is not a folder"):
        find_course(tmp_path / "nowhere")


# --------------------------------------------------------------------------------- course.toml

FULL = """
[course]
id = "dfl"
title = "Depth First Learning"
description = "From the ground up."
timezone = "Europe/Berlin"

[gradebook]
url = "sqlite:///books/grades.db"

[folders]
source = "authored"

[limits]
cell_seconds = 5
memory_mb = 500

[points]
round = 1
cap = false
total = 20

[[problem_set]]
name = "one-a"
title = "First"
week = 1
description = "Where it starts."
readings = [{ author = "A. Author", title = "A Book", chapter = "1-2" }]
release = 2027-01-11T09:00:00
due = 2027-07-11T23:59:00
preload = ["numpy", "scipy.integrate"]

[problem_set.limits]
cell_seconds = 12.5

[[problem_set]]
name = "a-two"
due = 2027-01-25T23:59:00-05:00
"""


def test_every_key_of_course_toml_is_read(tmp_path: Path) -> None:
    write(tmp_path / "authored/z-found/nb.ipynb")
    course = course_of(tmp_path, FULL)
    assert (course.course_id, course.title, course.timezone) == (
        "dfl",
        "Depth First Learning",
        "Europe/Berlin",
    )
    assert course.database_url == f"sqlite:///{tmp_path}/books/grades.db"
    assert course.points == PointsPolicy(round=1, cap=False, total=20)
    assert course.limits == Limits(cell_seconds=5, memory_mb=500)
    assert list(course.problem_sets) == ["one-a", "a-two", "z-found"]
    first, second, found = course.problem_sets.values()
    assert first.readings == (Reading(author="A. Author", title="A Book", chapter="1-2"),)
    assert (first.title, first.week, first.preload) == ("First", 1, ("numpy", "scipy.integrate"))
    assert first.limits == Limits(cell_seconds=12.5, memory_mb=500)
    assert (second.title, second.limits, found.limits) == ("a-two", course.limits, course.limits)


def test_local_times_are_the_courses_and_offsets_stay(tmp_path: Path) -> None:
    first, second = course_of(tmp_path, FULL).problem_sets.values()
    assert first.release == datetime(2027, 1, 11, 8, 0, tzinfo=UTC)  # winter: one hour ahead
    assert first.due == datetime(2027, 7, 11, 21, 59, tzinfo=UTC)  # summer: two hours ahead
    assert second.due == datetime(2027, 1, 26, 4, 59, tzinfo=UTC)


def test_a_due_time_that_happens_twice_is_the_later_one(tmp_path: Path) -> None:
    toml = (
        '[course]\ntimezone = "Europe/Berlin"\n[[problem_set]]\nname = "a"\n'
        "release = 2026-10-25T02:30:00\ndue = 2026-10-25T02:30:00\n"
    )
    config = course_of(tmp_path, toml).problem_sets["a"]
    assert config.release is not None
    assert config.due is not None
    assert config.release.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert config.due.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


PS = '[[problem_set]]\nname = "sigmoid-1"\n'


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (
            f"{PS}dew = 1",
            'course.toml:3: [[problem_set]] "sigmoid-1": unknown key "dew"; did you mean "due"?',
        ),
        (
            "[limits]\ncell_second = 3",
            'course.toml:2: [limits]: unknown key "cell_second"; did you mean "cell_seconds"?',
        ),
        ("\n[corse]\n", 'course.toml:2: unknown key "corse"; did you mean "course"?'),
        (
            "[points]\nqqq = 1",
            'course.toml:2: [points]: unknown key "qqq"; known are: round, cap, total.',
        ),
        (
            "[limits]\nmemory_mb = 0",
            "course.toml:2: [limits]: memory_mb = 0 is not right; write a whole number above 0.",
        ),
        (
            "[limits]\nmemory_mb = 2.5",
            "course.toml:2: [limits]: memory_mb = 2.5 is not right; write a whole number above 0.",
        ),
        (
            "[limits]\ncell_seconds = inf",
            "course.toml:2: [limits]: cell_seconds = inf is not right; write a number above 0.",
        ),
        (
            "[limits]\nprocesses = true",
            "course.toml:2: [limits]: processes = true is not right; write a whole number above 0.",
        ),
        (
            "[limits]\ncell_seconds = 9\nnotebook_seconds = 3",
            "course.toml:2: [limits]: cell_seconds = 9 is more than notebook_seconds = 3; "
            "raise notebook_seconds.",
        ),
        (
            '[points]\ncap = "yes"',
            'course.toml:2: [points]: cap = "yes" is not right; write true or false.',
        ),
        (
            '[course]\ntimezone = "Europe/Berlim"',
            'course.toml:2: [course]: unknown time zone "Europe/Berlim"; '
            'write a name such as "Europe/Berlin".',
        ),
        (
            '[folders]\nsource = "x"\nrelease = "x"',
            'course.toml:2: [folders]: source and release are both "x"; give each its own.',
        ),
        (
            f"{PS}week = -1",
            'course.toml:3: [[problem_set]] "sigmoid-1": week = -1 is not right; '
            "write a whole number of at least 0.",
        ),
        (
            f"{PS}due = 2027-01-31",
            'course.toml:3: [[problem_set]] "sigmoid-1": due = 2027-01-31 is not right; '
            "write a time too, such as 2027-01-31T23:59:00.",
        ),
        (
            f'{PS}due = "2027-01-31T23:59:00"',
            'course.toml:3: [[problem_set]] "sigmoid-1": due = "2027-01-31T23:59:00" is not '
            "right; write a date with a time and without quotes, such as 2027-01-31T23:59:00.",
        ),
        (
            f"{PS}release = 2027-02-01T09:00:00\ndue = 2027-01-01T09:00:00",
            'course.toml:4: [[problem_set]] "sigmoid-1": due = 2027-01-01 09:00 is not after '
            "release = 2027-02-01 09:00; mend one.",
        ),
        (
            f"{PS}{PS}",
            'course.toml:4: [[problem_set]] "sigmoid-1": stands here a second time; '
            "remove or rename one.",
        ),
        (
            "[[problem_set]]\nweek = 1",
            "course.toml:1: [[problem_set]]: has no name; "
            'add name = "…", the name of its folder under source/.',
        ),
        (
            '[[problem_set]]\nname = "../x"',
            'course.toml:2: [[problem_set]] "../x": its name starts with a dot; '
            "use a plain folder name.",
        ),
        (
            '[[problem_set]]\nname = "a/b"',
            'course.toml:2: [[problem_set]] "a/b": its name contains a slash; '
            "use a plain folder name.",
        ),
        (
            f'{PS}readings = [{{ autor = "A" }}]',
            'course.toml:3: [[problem_set]] "sigmoid-1": unknown key "autor" in readings; '
            'did you mean "author"?',
        ),
        (
            f'{PS}preload = ["os; rm"]',
            'course.toml:3: [[problem_set]] "sigmoid-1": preload names "os; rm", '
            "which is not a module's name.",
        ),
        (
            f'{PS}interpreter = "env/bin/python"',
            'course.toml:3: [[problem_set]] "sigmoid-1": interpreter "env/bin/python" does not '
            "exist; create that environment or remove the key to use the grader's own Python.",
        ),
        (
            f"{PS}[problem_set.limits]\ndisk = 1",
            'course.toml:4: [problem_set.limits] "sigmoid-1": unknown key "disk"; '
            'did you mean "disk_mb"?',
        ),
        ("course = 1", "course.toml:1: course is not a section; write [course]."),
        (
            '[release]\nbegin_solutoin = "X"',
            'course.toml:2: [release]: unknown key "begin_solutoin"; '
            'did you mean "begin_solution"?',
        ),
    ],
)
def test_what_is_wrong_is_said_with_place_and_remedy(
    tmp_path: Path, toml: str, message: str
) -> None:
    assert refusal(tmp_path, toml) == message


def test_the_second_of_two_problem_sets_is_the_one_that_is_named(tmp_path: Path) -> None:
    toml = '[[problem_set]]\nname = "a"\nweek = 1\n[[problem_set]]\nname = "b"\nweek = "2"\n'
    assert refusal(tmp_path, toml).startswith('course.toml:6: [[problem_set]] "b": week = "2"')


def test_a_time_that_the_clocks_jump_over_is_refused(tmp_path: Path) -> None:
    toml = f'{PS}due = 2027-03-28T02:30:00\n[course]\ntimezone = "Europe/Berlin"\n'
    assert "clocks jump over this one" in refusal(tmp_path, toml)


def test_broken_toml_and_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    assert "is not TOML" in (message := refusal(tmp_path, "[course\n"))
    assert "line 1" in message
    (tmp_path / "course.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CourseError, match="is not UTF-8"):
        load_course(tmp_path)


def test_a_byte_order_mark_from_an_editor_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_bytes(b'\xef\xbb\xbf[course]\nid = "x"\n')
    assert load_course(tmp_path).course_id == "x"


def test_an_interpreter_is_taken_from_the_courses_folder_and_not_resolved(tmp_path: Path) -> None:
    link = tmp_path / "env/bin/python"
    link.parent.mkdir(parents=True)
    link.symlink_to(sys.executable)
    course = course_of(tmp_path, f'{PS}interpreter = "env/bin/python"')
    assert course.problem_sets["sigmoid-1"].interpreter == link


# --------------------------------------------------------------------------- nbgrader's courses


def test_a_plain_nbgrader_course_needs_no_configuration(tmp_path: Path) -> None:
    write(tmp_path / "source/ps2/b.ipynb")
    write(tmp_path / "source/ps2/a.ipynb")
    write(tmp_path / "source/ps1/p.ipynb")
    write(tmp_path / "source/ps1/.ipynb_checkpoints/p-checkpoint.ipynb")
    write(tmp_path / "source/notes/readme.txt")
    course = load_course(tmp_path)
    assert list(course.problem_sets) == ["ps1", "ps2"]
    assert course.course_id == ""
    assert course.database_url == f"sqlite:///{tmp_path}/gradebook.db"
    assert [path.name for path in course.notebook_paths("ps2")] == ["a.ipynb", "b.ipynb"]
    assert [path.name for path in course.notebook_paths("ps1")] == ["p.ipynb"]


NBGRADER = """
c.CourseDirectory.course_id = "old course"
c.CourseDirectory.source_directory = "instructor"
c.CourseDirectory.db_url = "sqlite:///old.db"
c.CourseDirectory.ignore.append("*.tmp")
c.ClearSolutions.begin_solution_delimeter = "HERE"
c.ClearSolutions.code_stub = {"python": "pass"}
c.ClearHiddenTests.end_test_delimeter = "THERE"
c.ClearMarkScheme.begin_mark_scheme_delimeter = "MARKS"
c.ExecutePreprocessor.timeout = 60
"""


def test_nbgrader_config_is_honoured(tmp_path: Path) -> None:
    course = course_of(tmp_path, config=NBGRADER)
    assert course.course_id == "old course"
    assert course.source_directory == "instructor"
    assert course.database_url == f"sqlite:///{tmp_path}/old.db"
    assert "*.tmp" in course.ignore
    assert ".ipynb_checkpoints" in course.ignore
    assert (course.limits.cell_seconds, course.limits.notebook_seconds) == (60, 600)
    assert course.delimiters.begin_solution == "HERE"
    assert course.delimiters.end_solution == "END SOLUTION"
    assert course.delimiters.end_hidden_tests == "THERE"
    assert course.delimiters.begin_mark_scheme == "MARKS"
    assert course.delimiters.code_stubs == {"python": "pass"}


def test_course_toml_wins_for_what_it_says(tmp_path: Path) -> None:
    toml = '[course]\nid = "new"\n[limits]\ncell_seconds = 7\n[release]\nend_solution = "Z"\n'
    course = course_of(tmp_path, toml, NBGRADER)
    assert (course.course_id, course.limits.cell_seconds) == ("new", 7)
    assert (course.source_directory, course.release_directory) == ("instructor", "release")
    assert course.delimiters.begin_solution == "HERE"
    assert course.delimiters.end_solution == "Z"


def test_a_code_stub_is_added_to_the_others(tmp_path: Path) -> None:
    course = course_of(tmp_path, '[release]\ncode_stubs = { python = "..." }\n')
    assert course.delimiters.code_stubs["python"] == "..."
    assert "R" in course.delimiters.code_stubs


def test_old_names_of_options_still_count(tmp_path: Path) -> None:
    config = 'c.NbGrader.db_url = "sqlite:////tmp/x.db"\nc.NbGrader.course_id = "abc "'
    course = course_of(tmp_path, config=config)
    assert (course.database_url, course.course_id) == ("sqlite:////tmp/x.db", "abc")


def test_another_root_is_where_everything_lies(tmp_path: Path) -> None:
    write(tmp_path / "data/source/ps1/p.ipynb")
    course = course_of(tmp_path, config='c.CourseDirectory.root = "data"')
    assert course.root == tmp_path / "data"
    assert list(course.problem_sets) == ["ps1"]
    assert course.database_url == f"sqlite:///{tmp_path}/data/gradebook.db"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("1 / 0", "raised ZeroDivisionError: division by zero; mend it"),
        ("raise SystemExit(3)", "raised SystemExit: 3"),
        ("x = (", "raised SyntaxError"),
        ("c.CourseDirectory.course_id = 7", "CourseDirectory.course_id = 7 has the wrong kind"),
        (
            'c.CourseDirectory.directory_structure = "{student_id}/{nbgrader_step}"',
            "directory_structure = '{student_id}/{nbgrader_step}' is not supported; use the",
        ),
    ],
)
def test_a_bad_nbgrader_config_is_named_with_its_error(
    tmp_path: Path, config: str, message: str
) -> None:
    with pytest.raises(CourseError) as caught:
        course_of(tmp_path, config=config)
    assert f"{tmp_path}/nbgrader_config.py: " in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("given_url", "full"),
    [
        ("sqlite:///a/b.db", "sqlite:///{root}/a/b.db"),
        ("sqlite:///b.db?timeout=5", "sqlite:///{root}/b.db?timeout=5"),
        ("sqlite+pysqlite:///b.db", "sqlite+pysqlite:///{root}/b.db"),
        ("sqlite:////srv/b.db", "sqlite:////srv/b.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://u:p@host/grades", "postgresql://u:p@host/grades"),
    ],
)
def test_only_relative_sqlite_paths_are_made_absolute(
    tmp_path: Path, given_url: str, full: str
) -> None:
    course = course_of(tmp_path, f'[gradebook]\nurl = "{given_url}"\n')
    assert course.database_url == full.format(root=tmp_path)


# --------------------------------------------------------------------------------------- paths


def test_paths_follow_nbgraders_layout(tmp_path: Path) -> None:
    course = course_of(tmp_path, '[folders]\nautograded = "graded"\n')
    assert course.source_folder("p") == tmp_path / "source/p"
    assert course.release_folder("p") == tmp_path / "release/p"
    assert course.autograded_folder("zoë", "p") == tmp_path / "graded/zoë/p"
    assert course.feedback_folder("zoë", "p") == tmp_path / "feedback/zoë/p"
    assert course.samples_folder("p") == tmp_path / "graders/samples/p"
    assert course.report_page("p") == tmp_path / "reports/p.html"
    assert course.cache_folder == tmp_path / ".dfl"


def test_a_grader_file_may_be_named_with_underscores(tmp_path: Path) -> None:
    course = course_of(tmp_path, "")
    assert course.grader_file("ps-one") is None
    under = write(tmp_path / "graders/ps_one.py", "")
    assert course.grader_file("ps-one") == under
    write(tmp_path / "graders/ps-one.py", "")
    with pytest.raises(CourseError, match=r"both grade ps-one; remove one"):
        course.grader_file("ps-one")


@pytest.mark.parametrize(
    "student", ["../x", "a/b", "..", ".", "", " ", "a\x00b", "a\nb", "é" * 128]
)
def test_a_straying_student_name_makes_no_path(tmp_path: Path, student: str) -> None:
    course = course_of(tmp_path, "")
    with pytest.raises(CourseError, match="the student's name"):
        course.autograded_folder(student, "p")


@settings(deadline=None)
@given(st.text())
@example("a\u202eb")
@example("..")
def test_a_safe_name_stays_one_folder_below(name: str) -> None:
    root = Path("/course/autograded")
    if not why_unsafe(name):
        normal = Path(os.path.normpath(root / name))
        assert (normal.parent, normal.name) == (root, name)
        assert name.isprintable() or all(ord(c) > 31 for c in name)


def test_problem_sets_are_chosen_by_name_or_by_path(tmp_path: Path) -> None:
    course = course_of(tmp_path, FULL)
    assert [config.name for config in course.chosen()] == ["one-a", "a-two"]
    chosen = course.chosen(["a-two", "source/one-a/", "a-two"])
    assert [config.name for config in chosen] == ["a-two", "one-a"]
    with pytest.raises(CourseError, match=r'no problem set "one-b" in .*did you mean "one-a"\?'):
        course.chosen(["one-b"])


def test_a_course_can_be_sent_to_a_worker(tmp_path: Path) -> None:
    course = course_of(tmp_path, FULL)
    assert pickle.loads(pickle.dumps(course)) == course


# ------------------------------------------------------------------------------------ hand-ins


def remarks_of(course: Course) -> dict[str, str]:
    return dict(course.submissions("ps").remarks)


def test_a_hand_in_is_its_notebooks_its_files_and_its_time(tmp_path: Path) -> None:
    course = course_of(tmp_path, "")
    home = tmp_path / "submitted/ada/ps"
    write(home / "one.ipynb")
    write(home / "data/nested.ipynb")
    write(home / "data/table.csv")
    write(home / "timestamp.txt", "2027-01-25 23:59:01.250000 UTC\n")
    write(home / ".ipynb_checkpoints/one-checkpoint.ipynb")
    write(home / "__pycache__/x.pyc")
    write(tmp_path / "submitted/ada/other/one.ipynb")
    write(tmp_path / "submitted/README.md", "")
    (submission,), remarks = course.submissions("ps")
    assert remarks == ()
    assert (submission.student, submission.problem_set) == ("ada", "ps")
    assert submission.notebooks == {"one": home / "one.ipynb"}
    assert [path.relative_to(home).as_posix() for path in submission.files] == [
        "timestamp.txt",
        "data/nested.ipynb",
        "data/table.csv",
    ]
    assert submission.timestamp == datetime(2027, 1, 25, 23, 59, 1, 250000)


def test_no_hand_in_is_an_empty_answer_and_an_empty_one_is_a_hand_in(tmp_path: Path) -> None:
    course = course_of(tmp_path, "")
    assert course.submissions("ps") == ((), ())
    (tmp_path / "submitted/ada/ps").mkdir(parents=True)
    (submission,), _ = course.submissions("ps")
    assert (submission.notebooks, submission.files, submission.timestamp) == ({}, (), None)


def test_look_alikes_and_case_twins_are_kept_apart(tmp_path: Path) -> None:
    course = course_of(tmp_path, "")
    names = ["ada", "Ada", "ad\u0430", "zo\u00eb", "zoe\u0308", "[ada]", "a b", "O'Neil", "=1+1"]
    for name in names:
        write(tmp_path / "submitted" / name / "ps/one.ipynb")
    found, remarks = course.submissions("ps")
    assert [submission.student for submission in found] == sorted(names)
    assert remarks == ()


def test_students_are_asked_for_by_name_or_pattern(tmp_path: Path) -> None:
    course = course_of(tmp_path, "")
    for name in ["ada", "adam", "[ada]"]:
        write(tmp_path / "submitted" / name / "ps/one.ipynb")

    def asked(student: str) -> list[str]:
        return [s.student for s in course.submissions("ps", student=student).submissions]

    assert asked("ada") == ["ada"]
    assert asked("ada*") == ["ada", "adam"]
    assert asked("[ada]") == ["[ada]"]
    assert asked("ADA") == []


def test_dangerous_names_are_remarked_and_the_others_go_on(tmp_path: Path) -> None:
    course = course_of(tmp_path, "")
    for name in [".hidden", "a\nb", "a\x1b[31mb", "a\u202eb", "back\\slash", "good"]:
        write(tmp_path / "submitted" / name / "ps/one.ipynb")
    (tmp_path / "submitted" / os.fsdecode(b"\xff\xfe") / "ps").mkdir(parents=True)
    write(tmp_path / "submitted/.git/objects/x", "")
    found, _ = course.submissions("ps")
    assert [submission.student for submission in found] == ["good"]
    remarks = remarks_of(course)
    assert len(remarks) == 6
    assert all(name.isprintable() for name in remarks)
    assert "starts with a dot" in remarks[".hidden"]
    assert "contains control characters" in remarks["a\\nb"]
    assert "contains control characters" in remarks["\\udcff\\udcfe"]


def test_links_pipes_and_deep_folders_are_passed_over(tmp_path: Path) -> None:
    secret = write(tmp_path / "gradebook.db", "secret")
    course = course_of(tmp_path, "")
    home = tmp_path / "submitted/eve/ps"
    write(home / "one.ipynb")
    (home / "stolen.txt").symlink_to(secret)
    (home / "two.ipynb").symlink_to(secret)
    (home / "up").symlink_to(tmp_path)
    (home / "gone").symlink_to("nowhere")
    os.mkfifo(home / "pipe")
    write(home / Path(*["d"] * 25) / "deep.txt")
    (tmp_path / "submitted/mallory").symlink_to(tmp_path / "submitted/eve")
    (tmp_path / "submitted/trent").mkdir()
    (tmp_path / "submitted/trent/ps").symlink_to(home)
    write(tmp_path / "submitted/walter/ps", "a file")
    (submission,), _ = course.submissions("ps")
    assert submission.student == "eve"
    assert set(submission.notebooks) == {"one"}
    assert submission.files == ()
    remarks = remarks_of(course)
    links = {"eve/ps/stolen.txt", "eve/ps/two.ipynb", "eve/ps/up", "eve/ps/gone", "mallory"}
    assert {name for name, why in remarks.items() if "is a link" in why} == links
    assert "is not a plain file" in remarks["eve/ps/pipe"]
    assert {"trent/ps", "walter/ps"} <= set(remarks)
    assert [name for name, why in remarks.items() if "too deep" in why] == [
        "eve/ps/" + "/".join(["d"] * 21)
    ]


def test_a_flood_of_files_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfl_grading.hand_ins.MOST_FILES", 3)
    course = course_of(tmp_path, "")
    for number in range(5):
        write(tmp_path / f"submitted/ada/ps/{number}.txt", "")
    (submission,), (remark,) = course.submissions("ps")
    assert len(submission.files) == 3
    assert remark.name == "ada/ps"
    assert "more than 3 files" in remark.why


def test_a_timestamp_that_is_none_is_remarked(tmp_path: Path) -> None:
    course = course_of(tmp_path, "")
    write(tmp_path / "submitted/ada/ps/timestamp.txt", "yesterday, honest\n" * 1000)
    (submission,), (remark,) = course.submissions("ps")
    assert submission.timestamp is None
    assert remark.name == "ada/ps/timestamp.txt"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-02-02 15:58:23.948203 UTC", datetime(2015, 2, 2, 15, 58, 23, 948203)),
        ("2015-02-02 15:58:23", datetime(2015, 2, 2, 15, 58, 23)),
        ("2015-02-02T15:58:23Z", datetime(2015, 2, 2, 15, 58, 23)),
        ("2015-02-02 15:58:23+01:00", datetime(2015, 2, 2, 14, 58, 23)),
        ("2015-02-02 15:58:23 +0100", datetime(2015, 2, 2, 14, 58, 23)),
        ("2015-02-02 15:58:23 -03", datetime(2015, 2, 2, 18, 58, 23)),
        ("2015-02-02 15:58:23 CET", datetime(2015, 2, 2, 14, 58, 23)),
        ("2015-07-02 15:58:23 America/New_York", datetime(2015, 7, 2, 19, 58, 23)),
        ("2015-02-02 15:58:23 XYZ", datetime(2015, 2, 2, 15, 58, 23)),
        ("2015-02-02 15:58:23 Europe/../../../etc/passwd", None),
        ("Mon, 2 Feb 2015 15:58:23 +0100", datetime(2015, 2, 2, 14, 58, 23)),
        ("Feb 2 2015 3pm", datetime(2015, 2, 2, 15)),
        ("2015-02-02", datetime(2015, 2, 2)),
        ("15:58", None),
        ("12", None),
        ("", None),
        ("2015-02-30 10:00:00", None),
        ("9" * 150, None),
        ("9999-12-31 23:59:59 -05:00", None),
    ],
)
def test_timestamps_are_read_as_naive_utc(text: str, expected: datetime | None) -> None:
    assert parse_timestamp(text) == expected


@settings(deadline=None, max_examples=50)
@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), st.integers(-14, 14))
def test_what_nbgrader_writes_is_read_back(moment: datetime, hours: int) -> None:
    assert parse_timestamp(f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC") == moment
    local = moment + timedelta(hours=hours)
    assert parse_timestamp(f"{local:%Y-%m-%d %H:%M:%S.%f} {hours:+03}00") == moment


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60))
def test_no_text_makes_a_timestamp_raise(text: str) -> None:
    time = parse_timestamp(text)
    assert time is None or time.tzinfo is None


# --------------------------------------------------------------------------------- start-up cost


def test_loading_a_course_imports_nothing_heavy(tmp_path: Path) -> None:
    write(tmp_path / "course.toml", FULL)
    code = (
        "import sys; from pathlib import Path; from dfl_grading.course import load_course;"
        f"load_course(Path({str(tmp_path)!r}));"
        "print(sorted(set(sys.modules) & {'numpy', 'nbformat', 'nbgrader', 'traitlets',"
        "'dateutil', 'papermill', 'pandas', 'IPython'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
