"""One submission's way: whole classes of odd hand-ins, each graded once, then looked at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import courses
import pytest
import tiny_course as tiny

from dfl_grading.course import load_course
from dfl_grading.errors import CourseError, GraderFileError
from dfl_grading.grading import (
    Workshop,
    digests_of,
    grade_submission,
    hold_draws,
    match_notebooks,
    references_for,
    references_from_json,
    references_to_json,
    run_reference,
    wanted_references,
)
from dfl_grading.model import Limits, Submission, Verdict
from dfl_grading.pipeline import make_job
from dfl_grading.wire import decode_value

FULL = {"total-test": "PASSED", "square-test": "PASSED", "shape-test": "PASSED"}
FULL |= {"own-test": "PASSED", "half-test": "PASSED"}
SECRET = 1234.5678

TOTAL = (
    "def total():\n    ### BEGIN SOLUTION\n    return sum(map(float, open('data.csv')))\n"
    "    ### END SOLUTION"
)
SHAPE = (
    "def shape(a):\n    ### BEGIN SOLUTION\n    return {'sum': sum(a), 'count': len(a)}\n"
    "    ### END SOLUTION"
)
OWN = "def own(n):\n    ### BEGIN SOLUTION\n    return 3 * n\n    ### END SOLUTION"
HALF = "def half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION"

GRADER = f"""
    from dfl_grading import Part, ProblemSet, close, exact

    problem_set = ProblemSet("ps1")
    print("a grader file may print")

    problem_set.check("total-test", observe="total()", by=close(rtol=1e-12))
    problem_set.check(
        "square-test",
        observe="square(x)",
        edges=[{{"x": {SECRET}}}],
        draw=lambda rng: {{"x": float(rng.uniform(1, 9))}},
        by=close(rtol=1e-12),
    )
    problem_set.check(
        "shape-test",
        observe="shape(a)",
        edges=[{{"a": [1.0, 2.5]}}],
        parts={{
            "sum": Part(by=lambda value, right: value["sum"] == right["sum"], weight=2),
            "count": Part(by=lambda value, right: value["count"] == right["count"]),
        }},
    )
    problem_set.check(
        "own-test",
        observe="own(n)",
        draw=lambda rng: {{"n": int(rng.integers(10**6))}},
        draws=1,
        per_student=True,
        by=exact(),
    )
    problem_set.check("half-test", observe="half(x)", edges=[{{"x": 3.0}}], by=close(rtol=1e-12))
"""

PRINTS = """
kept = []
def square(x):
    print("called with", x)
    import sys, warnings
    print(x, file=sys.stderr)
    sys.__stdout__.write(repr(x))
    globals()["kept"].append(x)
    globals()["stash"] = x
    open("/dev/stdout", "w").write(repr(x))
    return x * x
"""
SHOWS = """
print("kept is", kept, globals().get("stash"))
def shape(a):
    return {'sum': sum(a), 'count': len(a)}
"""


def make_mixed_course(root: Path) -> Path:
    courses.make_course(
        root,
        courses.solution("total", TOTAL),
        courses.test("total-test", "total()", 1),
        courses.solution("square", courses.SQUARE),
        courses.test("square-test", "assert square(2) == 4", 2),
        courses.solution("shape", SHAPE),
        courses.test("shape-test", "", 3),
        courses.solution("own", OWN),
        courses.test("own-test", "assert own(1) == 3", 1),
        grader=GRADER,
        files={"data.csv": "1.5\n2.5\n", "deep/table.txt": "7\n"},
    )
    courses.add_notebook(
        root,
        "p2",
        courses.solution("half", HALF),
        courses.test("half-test", "assert half(2) == 1", 1),
    )
    return root


BOTH = {"p1": "p1", "p2": "p2"}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A problem set of two notebooks, and every odd way to hand it in."""
    root = make_mixed_course(tmp_path_factory.mktemp("mixed"))

    def hand_in(
        student: str,
        answers: Mapping[str, str] | None = None,
        notebooks: Mapping[str, str] = BOTH,
        **files: str,
    ) -> Path:
        named = {name.replace("__", "/").replace("_py", ".py"): t for name, t in files.items()}
        return courses.hand_in(root, student, answers, notebooks=notebooks, files=named)

    hand_in("ann")
    hand_in("one-missing", notebooks={"p1": "p1"})
    hand_in("renamed", notebooks={"p1 (1)": "p1", "p2": "p2"})
    hand_in("by-case", notebooks={"P1": "p1", "P2": "p2"})
    hand_in("two-strange", notebooks={"homework": "p1", "other": "p2"})
    hand_in("own-data")
    (root / "submitted/own-data/ps1/data.csv").write_text("1000\n")
    hand_in("own-module", {"square": "from helper import power\nsquare = power"})
    (root / "submitted/own-module/ps1/helper.py").write_text("def power(x):\n    return x * x\n")
    shadow = "raise RuntimeError('a shadow was imported')\n"
    names = ("numpy", "dfl_grading", "json", "IPython", "codec", "_dfl_inside")
    hand_in("shadow", **{f"{name}_py": shadow for name in names})
    hand_in("prints", {"square": PRINTS, "shape": SHOWS})
    hand_in("partial", {"shape": "def shape(a):\n    return {'sum': 0.0, 'count': len(a)}"})
    folder = hand_in("in-the-way")
    for name in ("report.json", "data.csv", "deep", "p1.ipynb", "timestamp.txt"):
        if (folder / name).is_file():
            (folder / name).unlink()
        if name == "deep":
            (folder / name).write_text("a file where the problem set has a folder")
        else:
            (folder / name).mkdir()
            (folder / name / "inner.txt").write_text("x")
    (root / "submitted/nothing/ps1").mkdir(parents=True)
    for student, data in {
        "not-json": b"{ this is no notebook",
        "cut-off": json.dumps(tiny.notebook(*courses.questions())).encode()[:700],
        "zip": b"PK\x03\x04rest",
        "list": b"[1, 2]",
    }.items():
        folder = hand_in(student)
        (folder / "p1.ipynb").write_bytes(data)
    hand_in("crash", {"square": "import os\nos._exit(3)"})
    hand_in("wrong", {"half": "def half(x):\n    return x", "own": "def own(n):\n    return n"})
    courses.grade(root)
    return root


def scores(root: Path, student: str) -> dict[str, float | None]:
    return {name: q["score"] for name, q in courses.questions_of(root, student).items()}


def test_the_reference_itself_gets_full_marks(mixed: Path) -> None:
    made = courses.report(mixed, "ann")
    assert courses.verdicts(mixed, "ann") == FULL
    assert (made["score"], made["max_score"]) == (8.0, 8.0)
    assert {q["evidence"] for q in made["questions"]} == {"outside"}
    assert made["run"]["outcome"] == "completed"
    assert made["repairs"] == []
    assert made["timestamp"] == "2030-03-01T10:00:00"


def test_a_wrong_answer_costs_its_own_points_alone(mixed: Path) -> None:
    expected = FULL | {"half-test": "FAILED", "own-test": "FAILED"}
    assert courses.verdicts(mixed, "wrong") == expected
    assert courses.report(mixed, "wrong")["score"] == 6.0


def test_a_missing_notebook_costs_its_own_points_alone(mixed: Path) -> None:
    assert courses.verdicts(mixed, "one-missing") == FULL | {"half-test": "MISSING"}
    assert courses.questions_of(mixed, "one-missing")["half-test"]["score"] == 0
    assert courses.report(mixed, "one-missing")["score"] == 7.0


@pytest.mark.parametrize("student", ["renamed", "by-case"])
def test_a_renamed_notebook_is_taken_for_the_one_that_it_must_be(mixed: Path, student: str) -> None:
    assert courses.verdicts(mixed, student) == FULL
    assert "taken for p1.ipynb" in courses.report(mixed, student)["repairs"][0]["what"]
    folder = mixed / "autograded" / student / "ps1"
    assert {p.name for p in folder.glob("*.ipynb")} == {"p1.ipynb", "p2.ipynb"}


def test_notebooks_that_could_be_any_are_named_and_not_guessed(mixed: Path) -> None:
    found = courses.questions_of(mixed, "two-strange")
    assert {q["verdict"] for q in found.values()} == {"MISSING"}
    assert "homework.ipynb, other.ipynb" in found["half-test"]["message"]


def test_an_empty_hand_in_is_missing(mixed: Path) -> None:
    assert set(courses.verdicts(mixed, "nothing").values()) == {"MISSING"}
    assert courses.report(mixed, "nothing")["score"] == 0


@pytest.mark.parametrize("student", ["not-json", "cut-off", "zip", "list"])
def test_an_unreadable_notebook_is_a_verdict_and_the_other_is_graded(
    mixed: Path, student: str
) -> None:
    made = courses.report(mixed, student)
    assert courses.verdicts(mixed, student) == dict.fromkeys(FULL, "MISSING") | {
        "half-test": "PASSED"
    }
    assert made["run"]["outcome"] == "unreadable"
    assert "hand in that file" in made["questions"][0]["message"]


def test_the_problem_sets_own_data_stay_as_they_are(mixed: Path) -> None:
    assert courses.verdicts(mixed, "own-data") == FULL
    landed = mixed / "autograded/own-data/ps1/data.csv"
    assert landed.read_text() == "1.5\n2.5\n"


def test_a_students_own_module_can_be_imported(mixed: Path) -> None:
    assert courses.verdicts(mixed, "own-module") == FULL
    assert (mixed / "autograded/own-module/ps1/helper.py").is_file()


def test_shadow_modules_change_nothing(mixed: Path) -> None:
    assert courses.verdicts(mixed, "shadow") == FULL


def test_files_that_stand_in_the_way_stop_nobody(mixed: Path) -> None:
    """Folders named like a report, a notebook or a data file; a file where a folder must be."""
    expected = dict.fromkeys(FULL, "MISSING") | {"half-test": "PASSED"}
    assert courses.verdicts(mixed, "in-the-way") == expected
    folder = mixed / "autograded/in-the-way/ps1"
    assert (folder / "deep/table.txt").read_text() == "7\n"
    assert (folder / "data.csv").read_text() == "1.5\n2.5\n"


def test_hidden_arguments_are_nowhere_in_the_executed_notebook(mixed: Path) -> None:
    assert courses.verdicts(mixed, "prints") == FULL
    text = courses.executed(mixed, "prints")
    assert "kept is [2] 2" in text  # the visible test was shown, so the cells do print
    assert str(SECRET) not in text
    assert str(SECRET) not in courses.executed(mixed, "ann")


def test_parts_earn_their_share(mixed: Path) -> None:
    found = courses.questions_of(mixed, "partial")["shape-test"]
    assert (found["verdict"], found["score"]) == ("PARTIAL", 1.0)
    parts = {part["name"]: (part["verdict"], part["score"]) for part in found["parts"]}
    assert parts == {"sum": ("FAILED", 0.0), "count": ("PASSED", 1.0)}


def test_a_crash_leaves_what_came_before_it(mixed: Path) -> None:
    found = courses.verdicts(mixed, "crash")
    assert found["total-test"] == "PASSED"
    assert found["half-test"] == "PASSED"
    assert found["square-test"] in ("KILLED", "MISSING")
    assert courses.report(mixed, "crash")["run"]["outcome"] == "killed"


def test_each_student_has_draws_of_their_own(mixed: Path) -> None:
    course = load_course(mixed)
    job = make_job(course, course.problem_set("ps1"))
    assert job.grader is not None
    (check,) = job.grader.of("own-test")
    drawn = {student: check.cases("ps1", student) for student in ("ann", "bob")}
    assert drawn["ann"] != drawn["bob"]
    assert drawn["ann"] == check.cases("ps1", "ann")
    (common,) = job.grader.of("square-test")
    assert common.cases("ps1", "ann") == common.cases("ps1", "bob")


def test_nothing_of_the_class_is_half_written(mixed: Path) -> None:
    assert [p for p in (mixed / "autograded").rglob("*") if p.name.startswith(".")] == []
    assert len(list(mixed.glob("autograded/*/ps1/report.json"))) == len(
        list((mixed / "submitted").iterdir())
    )


# ------------------------------------------------------------------ values that are none

STRANGE = {
    "nan": "float('nan')",
    "inf": "float('inf')",
    "huge": "10**5000",
    "long": "'1' * 10**6",
    "nothing": "None",
    "truth": "True",
    "text": "'2.5'",
    "bytes": "b'2.5'",
    "generator": "(x for x in [2.5])",
    "set": "{2.5}",
    "klass": "float",
    "function": "lambda: 2.5",
    "module": "__import__('math')",
    "objects": "__import__('numpy').array([2.5, None], dtype=object)",
    "shape": "__import__('numpy').full((1, 1, 1), 2.5)",
    "empty": "[]",
    "deep": "__import__('functools').reduce(lambda a, _: [a], range(200), 2.5)",
    "always": "type('Always', (), {'__eq__': lambda s, o: True, '__float__': lambda s: 2.5})()",
    "lying": (
        "type('Lying', (float,), {'__eq__': lambda s, o: True, '__float__': lambda s: 2.5, "
        "'hex': lambda s: (2.5).hex(), '__repr__': lambda s: '2.5'})(99)"
    ),
    "integer": "type('I', (int,), {'__format__': lambda s, f: '2', '__index__': lambda s: 2})(99)",
    "string": "type('S', (str,), {'__str__': lambda s: '2.5', '__eq__': lambda s, o: True})('no')",
    "mapping": (
        "type('D', (dict,), {'items': lambda s: [(1, 2.5)], '__eq__': lambda s, o: True})(a=1)"
    ),
    "array": (
        "__import__('numpy').full(1, 99.0).view(type('A', (__import__('numpy').ndarray,), "
        "{'__array__': lambda s, *a, **k: __import__('numpy').full((), 2.5), "
        "'__eq__': lambda s, o: True, 'tobytes': lambda s: b''}))"
    ),
    "masked": "__import__('numpy').ma.masked_all(())",
    "large": "__import__('numpy').zeros(9_000_000)",
}


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose every answer is the number 2.5, and a student who has it nowhere."""
    root = tmp_path_factory.mktemp("strange")
    cells, checks = [], []
    for name in STRANGE:
        cells += [courses.solution(name, f"answer_{name} = 2.5"), courses.test(f"{name}-t", "", 1)]
        checks.append(
            f'problem_set.check("{name}-t", observe="answer_{name}", by=close(rtol=1e-9))'
        )
    grader = "\n".join(
        [
            "from dfl_grading import ProblemSet, close",
            'problem_set = ProblemSet("ps1", preload=["numpy"])',
            *checks,
        ]
    )
    courses.make_course(root, *cells, grader=grader)
    courses.hand_in(root, "ann")
    answers = {name: f"answer_{name} = {value}" for name, value in STRANGE.items()}
    courses.hand_in(root, "strange", answers)
    courses.grade(root)
    return root


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_value_is_a_wrong_answer_and_no_fault_of_the_grader(
    strange: Path, name: str
) -> None:
    found = courses.questions_of(strange, "strange")[f"{name}-t"]
    assert (found["verdict"], found["score"]) == ("FAILED", 0.0)
    assert found["message"]
    assert len(found["message"]) < 1000


def test_blank_test_cells_are_observed_too(strange: Path) -> None:
    assert set(courses.verdicts(strange, "ann").values()) == {"PASSED"}


# ------------------------------------------------------------------ tests in the kernel

IN_KERNEL: dict[str, tuple[str, str, float | None]] = {
    "silent": ("assert True", "PASSED", 4.0),
    "blank": ("", "PASSED", 4.0),
    "raises": ("1 / 0", "ERROR", 0.0),
    "asserts": ("assert False, 'why'", "FAILED", 0.0),
    "integer": ("1", "PARTIAL", 1.0),
    "float": ("2.5", "PARTIAL", 2.5),
    "full": ("4", "PASSED", 4.0),
    "zero": ("0", "FAILED", 0.0),
    "numpy-int": ("import numpy as np\nnp.int8(3)", "PARTIAL", 3.0),
    "numpy-float": ("np.float32(0.5)", "PARTIAL", 0.5),
    "numpy-zero": ("np.float64(0.0)", "FAILED", 0.0),
    "bool": ("True", "PASSED", 4.0),
    "false": ("False", "PASSED", 4.0),
    "numpy-bool": ("np.bool_(False)", "PASSED", 4.0),
    "text": ("'1'", "PASSED", 4.0),
    "none": ("None", "PASSED", 4.0),
    "printed": ("print(1)", "PASSED", 4.0),
    "warning": ("import warnings\nwarnings.warn('careful')", "PASSED", 4.0),
    "stderr": ("import sys\nprint('loud', file=sys.stderr)", "PASSED", 4.0),
    "nan": ("float('nan')", "GRADER_ERROR", None),
    "inf": ("float('inf')", "GRADER_ERROR", None),
    "negative": ("-1", "GRADER_ERROR", None),
    "above": ("4.5", "GRADER_ERROR", None),
    "huge": ("10**400", "GRADER_ERROR", None),
    "lying": (
        "type('F', (float,), {'__repr__': lambda s: '4.0', '__eq__': lambda s, o: True})(1)",
        "PARTIAL",
        1.0,
    ),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain nbgrader course: no grader file, every test in the student's own process."""
    root = tmp_path_factory.mktemp("plain")
    cells = [courses.test(name, source, 4) for name, (source, _, _) in IN_KERNEL.items()]
    courses.make_course(root, *cells, grader=None)
    courses.hand_in(root, "ann")
    courses.grade(root)
    return root


@pytest.mark.parametrize("name", IN_KERNEL)
def test_a_test_in_the_kernel_gives_what_its_end_says(plain: Path, name: str) -> None:
    found = courses.questions_of(plain, "ann")[name]
    _, verdict, score = IN_KERNEL[name]
    assert (found["verdict"], found["score"], found["evidence"]) == (verdict, score, "in kernel")


def test_a_report_with_a_grader_error_has_no_score_and_no_digests(plain: Path) -> None:
    made = courses.report(plain, "ann")
    assert made["score"] is None
    assert made["digests"] == {}


# ------------------------------------------------------------------ by its own doors


def submission_of(folder: Path, *notebooks: str) -> Submission:
    paths = {name: folder / f"{name}.ipynb" for name in notebooks}
    return Submission(student="ann", problem_set="ps1", folder=folder, notebooks=paths)


@pytest.mark.parametrize(
    ("handed_in", "taken"),
    [
        (["p1", "p2"], {"p1": "p1", "p2": "p2"}),
        (["p1", "other"], {"p1": "p1", "p2": "other"}),
        (["P2", "other"], {"p2": "P2", "p1": "other"}),
        (["other"], {}),
        (["p1", "a", "b"], {"p1": "p1"}),
        (["p1 (1)"], {"p1": "p1 (1)"}),
        (["P1-Copy1", "p2 copy"], {"p1": "P1-Copy1", "p2": "p2 copy"}),
        (["p1 (1)", "p1 (2)"], {}),
        (["p1", "p1 copy 2"], {"p1": "p1"}),
        ([], {}),
    ],
)
def test_which_file_is_taken_for_which_notebook(
    mixed: Path, tmp_path: Path, handed_in: list[str], taken: dict[str, str]
) -> None:
    course = load_course(mixed)
    job = make_job(course, course.problem_set("ps1"))
    matched, repairs = match_notebooks(job.notebooks, submission_of(tmp_path, *handed_in))
    assert {name: path.stem for name, path in matched.items()} == taken
    assert len(repairs) == sum(name != found for name, found in taken.items())


@pytest.fixture
def workshop() -> Any:
    made = Workshop()
    yield made
    made.close()


def job_of(root: Path, **changes: Any) -> Any:
    course = load_course(root)
    job = make_job(course, course.problem_set("ps1"), walls=courses.boxes())
    return replace(job, **changes)


def test_what_the_grader_cannot_open_is_no_zero(tmp_path: Path, workshop: Workshop) -> None:
    courses.make_course(tmp_path, grader=None)
    folder = courses.hand_in(tmp_path, "ann")
    submission = submission_of(folder, "p1")
    shutil.rmtree(folder)
    made = grade_submission(job_of(tmp_path), submission, workshop).report
    assert {q.verdict for q in made.questions} == {Verdict.GRADER_ERROR}
    assert made.score is None
    assert str(folder) in made.run.message


def test_files_that_do_not_fit_are_left_out_and_noted(tmp_path: Path, workshop: Workshop) -> None:
    courses.make_course(tmp_path, grader=None)
    folder = courses.hand_in(tmp_path, "ann", files={"small.txt": "x"})
    (folder / "large.bin").write_bytes(bytes(6_000_000))
    submission = replace(
        submission_of(folder, "p1"), files=(folder / "large.bin", folder / "small.txt")
    )
    job = job_of(tmp_path, limits=Limits(disk_mb=10))
    made = grade_submission(job, submission, workshop).report
    assert made.score == 5.0
    assert [repair.what for repair in made.repairs] == ["large.bin was left out"]


def test_references_are_the_values_and_nothing_of_how_long_they_took(
    tmp_path: Path, workshop: Workshop
) -> None:
    make_mixed_course(tmp_path)
    job = job_of(tmp_path)
    first = run_reference(job, ["ann", "bob"], workshop)
    second = run_reference(job, ["bob", "ann"], workshop)
    assert set(first) == wanted_references(job, ["ann", "bob"])
    assert references_to_json(first) == references_to_json(second)
    assert decode_value(first["half-test", "", ""][0]) == 1.5
    assert references_from_json(references_to_json(first)) == first


def test_one_more_student_changes_the_digests_of_nobody_else(
    tmp_path: Path, workshop: Workshop
) -> None:
    make_mixed_course(tmp_path)
    folder = courses.hand_in(tmp_path, "ann")
    job = job_of(tmp_path)
    few = replace(job, references=run_reference(job, ["ann"], workshop))
    many = replace(job, references=run_reference(job, ["ann", "bob"], workshop))
    ann = submission_of(folder, "p1")
    assert digests_of(few, ann) == digests_of(many, ann)
    assert digests_of(many, ann) != digests_of(many, replace(ann, student="bob"))
    assert ("own-test", "", "bob") not in references_for(many.references, "ann")


def test_a_digest_changes_with_each_file_and_with_the_time(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=None)
    folder = courses.hand_in(tmp_path, "ann", files={"a.txt": "1"})
    job = job_of(tmp_path)
    submission = load_course(tmp_path).submissions("ps1").submissions[0]
    before = digests_of(job, submission)
    (folder / "a.txt").write_text("2")
    after = digests_of(job, submission)
    assert before["submission"] != after["submission"]
    assert after["submission"] != digests_of(job, replace(submission, timestamp=None))["submission"]


@pytest.mark.parametrize("text", ["", "{", "[[1]]", "[1]", '[["a", "b", "c", [1]]]', "{}x"])
def test_a_damaged_cache_of_references_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        references_from_json(text)


BROKEN_REFERENCES = {
    "a cell that raises": ("1 / 0", "fails in cell 'square' with ZeroDivisionError"),
    "a process that ends": ("import os\nos._exit(1)", "was stopped"),
    "a check that raises": ("def square(x):\n    return nothing", "fails on the reference"),
    "a value of no kind": ("def square(x):\n    return {x}", "observes a set"),
    "an endless loop": ("while True:\n    pass", "was stopped|fails in cell 'square'"),
}


@pytest.mark.parametrize("name", BROKEN_REFERENCES)
def test_a_reference_that_fails_is_named(tmp_path: Path, workshop: Workshop, name: str) -> None:
    source, words = BROKEN_REFERENCES[name]
    courses.make_course(
        tmp_path, courses.solution("square", source), courses.test("square-test", "", 1)
    )
    grader = """
        from dfl_grading import ProblemSet, close
        problem_set = ProblemSet("ps1")
        problem_set.check("square-test", observe="square(2.0)", by=close(rtol=1e-9))
    """
    courses.write(tmp_path / "graders/ps1.py", grader)
    job = job_of(tmp_path, limits=Limits(cell_seconds=0.5))
    with pytest.raises(CourseError, match=words):
        run_reference(job, [], workshop)


def test_a_cell_that_shall_raise_may(tmp_path: Path, workshop: Workshop) -> None:
    cell = tiny.cell("1 / 0")
    cell["metadata"]["tags"] = ["raises-exception"]
    courses.make_course(tmp_path, cell, *courses.questions())
    assert run_reference(job_of(tmp_path), [], workshop)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        ("lambda rng: 1 / 0", "ZeroDivisionError"),
        ("lambda rng: 5", "TypeError"),
        ("lambda rng: {'x': object()}", "not plain data"),
        ("lambda rng: {'x': {1, 2}}", "not plain data"),
    ],
)
def test_a_draw_that_fails_is_named_before_anything_is_graded(
    tmp_path: Path, draw: str, words: str
) -> None:
    grader = f"""
        from dfl_grading import ProblemSet, close
        problem_set = ProblemSet("ps1")
        problem_set.in_kernel("mean-test")
        problem_set.check("square-test", observe="square(x)", draw={draw}, by=close(rtol=1e-9),
            per_student=True)
    """
    courses.make_course(tmp_path, grader=grader)
    with pytest.raises((CourseError, GraderFileError), match=rf"ps1\.py:\d+: .*{words}"):
        hold_draws(job_of(tmp_path), ["ann"])
