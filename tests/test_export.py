"""Exports: what a spreadsheet and an LMS read back is what the gradebook holds."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import tiny_course as tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from dfl_grading.course import Course, load_course
from dfl_grading.errors import CourseError, StoreError
from dfl_grading.export import export, neutralise
from dfl_grading.model import Evidence, GradeReport, Lateness, QuestionResult, Verdict
from dfl_grading.release import read_notebooks
from dfl_grading.store import Store

PS = tiny.PROBLEM_SET
NAMES = {
    "ann": ('=HYPERLINK("http://x","y")', "+Ann", "@a"),
    "bob": ('O\'Neil, "Bob"', "-Bob\nJr", "bob@b.c"),
    "zoë": ("Ćwik", "Zoë", None),
}


def report(student: str, *scores: float | None, penalty: float = 0.0) -> GradeReport:
    cells = (("p1", "double-test", 2.0), ("p1", "whole-test", 1.0), ("p1", "why", 3.0))
    questions = tuple(
        QuestionResult(
            grade_id=grade_id,
            notebook=notebook,
            score=score,
            max_score=most,
            verdict=Verdict.MANUAL if score is None else Verdict.PARTIAL,
            evidence=Evidence.OUTSIDE,
        )
        for (notebook, grade_id, most), score in zip(cells, scores, strict=True)
    )
    return GradeReport(
        student=student,
        problem_set=PS,
        questions=questions,
        late=Lateness(penalty=penalty),
        timestamp="2030-03-01T10:00:00",
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of three students, of whom one handed nothing in."""
    from nbgrader.api import Gradebook

    course = load_course(tiny.make_course(tmp_path_factory.mktemp("export")))
    with Store(course.database_url) as store:
        store.define(PS, read_notebooks(course, PS))
        store.save(report("ann", 2.0, 0.1 + 0.2, None, penalty=0.5))
        store.save(report("bob", 0.0, 1.0, 0.0))
    with Gradebook(course.database_url) as book:
        for student, (last, first, email) in NAMES.items():
            book.update_or_create_student(student, last_name=last, first_name=first, email=email)
        for grade_id, score in (("show", 1.0), ("draw", 0.0)):
            for student in ("ann", "bob"):
                grade = book.find_grade(grade_id, "p1", PS, student)
                grade.manual_score, grade.needs_manual_grade = score, False
        book.db.commit()
    return course


@pytest.fixture
def rows(course: Course, tmp_path: Path) -> dict[str, dict[str, str]]:
    path = tmp_path / "grades.csv"
    result = export(course, [PS], output=path, questions=True)
    assert (result.path, result.students, result.problem_sets) == (path, 3, 1)
    return {row["student"]: row for row in read(path)}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_points_are_those_of_the_gradebook(rows: dict[str, dict[str, str]]) -> None:
    ann, bob, zoë = (rows[name] for name in NAMES)
    points = ("raw_score", "penalty", "score", "max_score", "needs_manual_grade", "submitted")
    assert [ann[key] for key in points] == ["3.3", "0.5", "2.8", "11.5", "true", "true"]
    assert [bob[key] for key in points] == ["2.0", "0.0", "2.0", "11.5", "false", "true"]
    assert [zoë[key] for key in points] == ["0.0", "0.0", "0.0", "11.5", "false", "false"]
    assert (ann["timestamp"], zoë["timestamp"]) == ("2030-03-01T10:00:00", "")
    assert {row["problem_set"] for row in rows.values()} == {PS}


def test_every_question_has_its_column(rows: dict[str, dict[str, str]]) -> None:
    ann, bob, zoë = (rows[name] for name in NAMES)
    columns = [key for key in ann if key.startswith(f"{PS}/")]
    assert columns == [
        f"{PS}/p1/double-test", f"{PS}/p1/draw", f"{PS}/p1/show", f"{PS}/p1/whole-test",
        f"{PS}/p1/why", f"{PS}/p2/x-test", f"{PS}/p2/x-why",
    ]  # fmt: skip
    assert [ann[key] for key in columns] == ["2.0", "0.0", "1.0", "0.3", "", "0.0", "0.0"]
    assert [bob[key] for key in columns][4:] == ["0.0", "0.0", "0.0"]
    assert {zoë[key] for key in columns} == {""}


def test_names_are_neutralised_quoted_and_come_back(rows: dict[str, dict[str, str]]) -> None:
    for student, names in NAMES.items():
        given = [rows[student][key] for key in ("last_name", "first_name", "email")]
        assert [restored(name) or None for name in given] == list(names)
        assert not any(name.startswith(("=", "+", "-", "@")) for name in given)
    assert rows["bob"]["last_name"] == NAMES["bob"][0]


def test_questions_are_left_out_unless_asked_for(course: Course, tmp_path: Path) -> None:
    export(course, [], output=tmp_path / "grades.csv")
    rows = read(tmp_path / "grades.csv")
    assert len(rows) == 3
    assert not [key for key in rows[0] if "/" in key]


def test_pandas_reads_it(course: Course, tmp_path: Path) -> None:
    import pandas as pd

    export(course, [PS], output=tmp_path / "grades.csv", questions=True)
    frame = pd.read_csv(tmp_path / "grades.csv").set_index("student")
    assert frame["score"].to_dict() == {"ann": 2.8, "bob": 2.0, "zoë": 0.0}
    assert frame["submitted"].dtype == bool


def test_an_open_store_is_used(course: Course, tmp_path: Path) -> None:
    with Store(course.database_url) as store:
        export(course, [PS], output=tmp_path / "one.csv", store=store)
    export(course, [PS], output=tmp_path / "two.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_what_cannot_be_exported_is_told(course: Course, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="known are: csv"):
        export(course, [PS], to="excel", output=tmp_path / "x")
    with pytest.raises(CourseError, match="ps9"):
        export(course, ["ps9"], output=tmp_path / "x")
    with pytest.raises(CourseError, match="cannot be written"):
        export(course, [PS], output=tmp_path / "absent" / "x.csv")
    with pytest.raises(CourseError, match="cannot be written"):
        export(course, [PS], output=tmp_path)
    fresh = load_course(tiny.make_course(tmp_path / "fresh"))
    with pytest.raises(StoreError, match="no gradebook"):
        export(fresh, [PS], output=tmp_path / "x")
    assert {path.name for path in tmp_path.iterdir()} == {"fresh"}
    assert not (tmp_path / "fresh" / "gradebook.db").exists()


def restored(text: str) -> str:
    """The inverse that `neutralise` promises."""
    return text[1:] if re.match(r"'+[=+\-@\t\r\n＝＋－＠]", text) else text


texts = st.text(st.sampled_from("'=+-@\t\r\n,\"; aé＝")) | st.text()


@settings(deadline=None)
@given(texts)
def test_no_text_stays_a_formula_and_every_text_comes_back(text: str) -> None:
    safe = neutralise(text)
    assert not re.match(r"[=+\-@\t\r\n]", safe)
    assert restored(safe) == text
    assert safe in (text, f"'{text}")


def test_numbers_are_not_touched() -> None:
    assert [neutralise(text) for text in ("3.5", "ann", "'t Hooft", "a=b")] == [
        "3.5", "ann", "'t Hooft", "a=b"
    ]  # fmt: skip
