"""`nbgrader autograde` and `dfl grade` on the same courses: the same in every cell, or on purpose.

Courses are made from seeds; `DFL_SEEDS=3,4,5` tries others. What differs on purpose is in the
table of `docs/nbgrader.md`, and asserted here as such.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import courses
import generated
import pytest
import tiny_course as tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import rows_of
from test_conformance import APPS
from test_store import dump

from dfl_grading.judge import judge_in_kernel
from dfl_grading.model import CellRun, CellStatus
from dfl_grading.restore import restore
from dfl_grading.source import SourceCell, parse_notebook, source_from
from dfl_grading.store import Store

SEEDS = [int(seed) for seed in os.environ.get("DFL_SEEDS", "1").split(",")]
ODD = "odd"


@dataclass(frozen=True)
class Pair:
    """The same course twice, graded by nbgrader and by us."""

    theirs: Path
    ours: Path

    def grades(self, table: str = "grade") -> tuple[dict[Any, Any], dict[Any, Any]]:
        """What both databases say, by student, notebook and cell."""

        def read(root: Path) -> dict[Any, Any]:
            return {row[:4]: row[4:] for row in dump(root / "gradebook.db")[table]}

        return read(self.theirs), read(self.ours)


def grade_both(pair: Pair, theirs: list[list[str]], *ours: str, fails: bool = False) -> None:
    """Run both graders at once."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(tiny.nbgrader, pair.theirs, *theirs, fails=fails)
        courses.dfl(pair.ours, "grade", *ours, code=None)
        running.result()


@pytest.fixture(scope="module", params=SEEDS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A generated course and the odd one, released by us, graded by both."""
    top = tmp_path_factory.mktemp("differential")
    pair = Pair(top / "nbgrader", top / "dfl")
    pair.theirs.mkdir()
    made = generated.make(request.param)
    made.lay_out(pair.theirs, APPS / "autotests.yml")
    lay_out_odd(pair.theirs)
    shutil.copytree(pair.theirs, pair.ours)
    courses.dfl(pair.ours, "release")
    generated.hand_in(made, pair.ours / "release", pair.theirs / "submitted")
    hand_in_odd(pair.ours / "release", pair.theirs / "submitted")
    shutil.copytree(pair.theirs / "submitted", pair.ours / "submitted")
    names = [generated.PS, ODD]
    releases = [["generate_assignment", name] for name in names]
    grade_both(pair, [*releases, *(["autograde", name] for name in names)], *names, fails=True)
    return pair


def test_every_cell_gets_what_nbgrader_gives(pair: Pair) -> None:
    theirs, ours = (
        {key: row for key, row in grades.items() if key[0] in NAMES} for grades in pair.grades()
    )
    assert len(theirs) > 40
    assert ours == theirs
    assert len({row[0] for row in theirs.values()}) > 4, "all scores alike compare nothing"


def test_every_comment_is_nbgraders(pair: Pair) -> None:
    theirs, ours = (
        {key: row for key, row in comments.items() if key[0] in NAMES}
        for comments in pair.grades("comment")
    )
    assert ours == theirs
    assert ("No response.", None) in theirs.values()
    assert (None, None) in theirs.values()


NAMES = [student.name for student in generated.STUDENTS]


@pytest.mark.parametrize("table", ["assignment", "notebook", "cell", "kinds", "source"])
def test_the_problem_set_is_defined_as_nbgrader_defines_it(pair: Pair, table: str) -> None:
    assert dump(pair.ours / "gradebook.db")[table] == dump(pair.theirs / "gradebook.db")[table]


def test_reports_and_gradebook_say_the_same(pair: Pair) -> None:
    _, ours = pair.grades()
    for name in NAMES:
        for question in courses.report(pair.ours, name, generated.PS)["questions"]:
            rows = [
                row
                for key, row in ours.items()
                if key[:3] == (name, question["notebook"], question["grade_id"])
            ]
            assert [row[0] for row in rows] == [question["score"]]


def totals(root: Path) -> dict[str, tuple[Any, ...]]:
    """What nbgrader makes of a gradebook: scores, maxima and what waits for a person."""
    from nbgrader.api import Gradebook

    with warnings.catch_warnings(), Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        warnings.simplefilter("ignore")  # nbgrader's own queries
        return {
            name: (
                *(getattr(book.find_submission(generated.PS, name), key) for key in _TOTALS),
                *sorted(
                    (n.name, n.score, n.max_score, n.needs_manual_grade)
                    for n in book.find_submission(generated.PS, name).notebooks
                ),
            )
            for name in NAMES
        }


_TOTALS = (
    "score", "max_score", "code_score", "written_score", "task_score", "needs_manual_grade",
    "total_seconds_late",
)  # fmt: skip


def grade_by_hand(root: Path) -> None:
    """What a person does in formgrader: points, extra credit and comments for cid."""
    from nbgrader.api import Gradebook

    with warnings.catch_warnings(), Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        warnings.simplefilter("ignore")
        notebook = book.find_submission_notebook("p1", generated.PS, "cid")
        for number, grade in enumerate(sorted(notebook.grades, key=lambda grade: grade.name)):
            if number % 3 == 0:
                grade.manual_score = 0.25
            if number % 4 == 0:
                grade.extra_credit = 0.5
            grade.needs_manual_grade = False
        for comment in notebook.comments:
            comment.manual_comment = "Seen."
        book.db.commit()


def test_totals_manual_grades_and_extra_credit_are_nbgraders(pair: Pair) -> None:
    assert totals(pair.ours) == totals(pair.theirs)
    for root in (pair.theirs, pair.ours):
        grade_by_hand(root)
    expected = totals(pair.theirs)
    assert totals(pair.ours) == expected
    with Store(f"sqlite:///{pair.ours}/gradebook.db") as store:
        ours = {row.student: row.score for row in store.scores(generated.PS)}
    assert ours == pytest.approx({name: row[0] for name, row in expected.items()})
    again = [["autograde", generated.PS, "--student", "cid", "--force"]]
    grade_both(pair, again, generated.PS, "--student", "cid", "--force")
    assert totals(pair.ours) == totals(pair.theirs)
    for table in ("grade", "comment"):
        theirs, ours_now = pair.grades(table)
        of_cid = {key: row for key, row in theirs.items() if key[0] == "cid"}
        assert {key: row for key, row in ours_now.items() if key[0] == "cid"} == of_cid


# ------------------------------------------------------------------------- what differs


def value_cells(name: str, test: str, points: float = 2) -> list[dict[str, Any]]:
    return [
        tiny.cell(f"{name} = 1", grade_id=name, solution=True),
        tiny.cell(test, grade_id=f"{name}-test", grade=True, locked=True, points=points),
    ]


REPR = "class Half:\n    def __repr__(self): return '0.5'\nHalf()"
ODD_CELLS = [
    *value_cells("plain", "assert plain == 1"),
    *value_cells("numpy", "import numpy as np\nnp.float64(0.5 * (numpy == 1))"),
    *value_cells("zero", "import numpy as np\nnp.float64(zero - 1)"),
    *value_cells("nan", "float('nan') if nan else 1"),
    *value_cells("minus", "-1.5 * minus"),
    *value_cells("above", "above"),
    *value_cells("shown", REPR),
    *value_cells("warned", "import warnings\nwarnings.warn('old')\nassert warned == 1"),
    *value_cells("gone", "assert gone == 1"),
    *value_cells("bare", "assert bare == 1"),
    tiny.cell("Why", "markdown", grade_id="blank", grade=True, solution=True, points=2),
    tiny.cell("Why", "markdown", grade_id="spaced", grade=True, solution=True, points=2),
    tiny.cell("open('left.txt', 'w').write('1')", grade_id="left", locked=True),
]
SECOND = [*value_cells("found", "import os\nassert not os.path.exists('left.txt')")]

ANSWERS: dict[str, dict[str, str]] = {
    "odd": {"blank": "  ", "spaced": "YOUR ANSWER HERE\n", "above": "above = 1"},
    "over": {"above": "above = 99"},
    "dead": {"above": "import os\nos._exit(3)"},
    "nam": {},
    "zoe": {},
}


@dataclass(frozen=True)
class Difference:
    """Where both differ on purpose, and what each gives there: points, and whether by hand."""

    student: str
    grade_id: str
    theirs: tuple[float | None, bool]
    ours: tuple[float | None, bool]


DIFFERENCES = {
    "numpy number": Difference("odd", "numpy-test", (2.0, False), (0.5, False)),
    "numpy zero": Difference("odd", "zero-test", (2.0, False), (0.0, False)),
    "NaN": Difference("odd", "nan-test", (2.0, False), (None, True)),
    "negative number": Difference("odd", "minus-test", (2.0, False), (None, True)),
    "text that looks like a number": Difference("odd", "shown-test", (0.5, False), (2.0, False)),
    "warning": Difference("odd", "warned-test", (0.0, False), (2.0, False)),
    "deleted test cell": Difference("odd", "gone-test", (None, True), (2.0, False)),
    "lost mark": Difference("odd", "bare-test", (None, True), (2.0, False)),
    "blank answer": Difference("odd", "blank", (None, True), (0.0, False)),
    "stub with a blank": Difference("odd", "spaced", (None, True), (0.0, False)),
    "file of another notebook": Difference("odd", "found-test", (0.0, False), (2.0, False)),
    "above the maximum": Difference("over", "plain-test", (2.0, False), (2.0, False)),
    "dead kernel": Difference("dead", "plain-test", (None, True), (2.0, False)),
    "another file name": Difference("nam", "plain-test", (None, True), (2.0, False)),
    "duplicated cell": Difference("zoe", "plain-test", (None, True), (2.0, False)),
}


def lay_out_odd(root: Path) -> None:
    for name, cells in (("p1", ODD_CELLS), ("p2", SECOND)):
        tiny.write(root / "source" / ODD / f"{name}.ipynb", tiny.notebook(*cells))


def hand_in_odd(release: Path, submitted: Path) -> None:
    for student, answers in ANSWERS.items():
        folder = submitted / student / ODD
        for name in ("p1", "p2") if student == "odd" else ("p1",):
            path = release / ODD / f"{name}.ipynb"
            document = json.loads(path.read_text(encoding="utf-8"))
            for cell in document["cells"]:
                mark = cell["metadata"].get("nbgrader", {})
                if mark.get("solution") and not mark.get("grade"):
                    cell["source"] = f"{mark['grade_id']} = 1"
                cell["source"] = answers.get(mark.get("grade_id", ""), cell["source"])
            meddle(student, document)
            given = f"{name} (1)" if student == "nam" else name
            tiny.write(folder / f"{given}.ipynb", document)


def meddle(student: str, document: dict[str, Any]) -> None:
    cells = {c["metadata"].get("nbgrader", {}).get("grade_id"): c for c in document["cells"]}
    if student == "odd" and "gone-test" in cells:
        document["cells"].remove(cells["gone-test"])
        del cells["bare-test"]["metadata"]["nbgrader"]
    if student == "zoe":
        document["cells"].insert(2, {**cells["plain"], "id": "again"})


def test_the_table_names_what_differs() -> None:
    assert [row[0] for row in rows_of("what")] == list(DIFFERENCES)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_differs_differs_on_purpose(pair: Pair, name: str) -> None:
    one = DIFFERENCES[name]
    for grades, expected in zip(pair.grades(), (one.theirs, one.ours), strict=True):
        found = [
            (row[0], bool(row[3]))
            for key, row in grades.items()
            if (key[0], key[2]) == (one.student, one.grade_id)
        ]
        assert found == [expected]


def test_nothing_else_differs(pair: Pair) -> None:
    """In the hand-in that nbgrader can grade, all other cells agree."""
    theirs, ours = pair.grades()
    differ = {key[2] for key in theirs if key[0] == "odd" and theirs[key] != ours[key]}
    assert differ == {one.grade_id for one in DIFFERENCES.values() if one.student == "odd"}


@pytest.mark.parametrize("student", ["over", "dead", "nam", "zoe"])
def test_a_hand_in_that_nbgrader_gives_up_is_graded(pair: Pair, student: str) -> None:
    assert not (pair.theirs / "autograded" / student / ODD / "p1.ipynb").exists()
    assert (pair.ours / "autograded" / student / ODD / "p1.ipynb").is_file()


def test_a_course_that_nbgrader_has_graded_stays_as_it_is(pair: Pair) -> None:
    """Scores, a person's points and comments; the last test, as it grades their course as well."""
    before = dump(pair.theirs / "gradebook.db")
    courses.dfl(pair.theirs, "grade", generated.PS)
    assert dump(pair.theirs / "gradebook.db") == before
    assert courses.report(pair.theirs, "ann", generated.PS)["questions"]


# ------------------------------------------------------------------------- without a kernel


@pytest.fixture(scope="module")
def nbgraders() -> Any:
    import sys

    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from nbgrader import utils

    return utils


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 5),
    st.floats(0, 5, allow_nan=False),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=3),
)


@given(value=VALUES, points=st.sampled_from([0.0, 0.5, 1.0, 3.0, 5.0]))
@settings(deadline=None)
def test_the_value_of_a_test_cell_gives_what_nbgrader_makes_of_it(
    nbgraders: Any, value: Any, points: float
) -> None:
    """Numbers up to the maximum, and what is no number: both agree, cell by cell."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and value > points:
        return
    made = _test_cell(points, value)
    theirs, _ = nbgraders.determine_grade(made)
    run = CellRun(status=CellStatus.OK, value=float(value) if number else None)
    assert judge_in_kernel(_source_cell(points), "p1", run).score == theirs


STUB = generated.STUB
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from([STUB, f"{STUB} ", f"\n{STUB}\n", STUB + "#", STUB.upper(), " ", "\n"]),
)


@given(text=TEXTS)
@settings(deadline=None)
def test_an_answer_was_given_where_nbgrader_says_so(nbgraders: Any, text: str) -> None:
    """Both see the same untouched answers, but for blanks around and instead of them."""
    answer = tiny.cell("x = 1", grade_id="a", grade=True, solution=True, points=1)
    source = source_from(parsed(tiny.notebook(answer)), Path("p1.ipynb"))
    theirs = nbgraders.compute_checksum(_cell({**answer, "source": text})) != (
        nbgraders.compute_checksum(_cell({**answer, "source": STUB}))
    )
    document = parsed(tiny.notebook({**answer, "source": text}))
    ours = "a" in restore(document, source).answered
    if text.strip() in ("", STUB):
        assert not ours
    else:
        assert ours is theirs


def parsed(document: dict[str, Any]) -> dict[str, Any]:
    return parse_notebook(json.dumps(document).encode())[0]


def _cell(cell: dict[str, Any]) -> Any:
    from nbformat import from_dict

    return from_dict(cell)


def _test_cell(points: float, value: Any) -> Any:
    cell = tiny.cell("x", grade_id="t", grade=True, locked=True, points=points)
    if value is not None:
        data: Mapping[str, str] = {"text/plain": repr(value)}
        cell["outputs"] = [
            {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}
        ]
    return _cell(cell)


def _source_cell(points: float) -> SourceCell:
    return SourceCell(
        grade_id="t",
        cell_type="code",
        source="x",
        points=points,
        grade=True,
        solution=False,
        locked=True,
        task=False,
        index=0,
    )
