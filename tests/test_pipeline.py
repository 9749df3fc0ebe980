"""A whole class: what is done again and what is not, what may go wrong, and going on after it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import courses
import processes
import pytest
import tiny_course as tiny

from dfl_grading.course import load_course
from dfl_grading.errors import GradingError, StoreError
from dfl_grading.pipeline import GradedSet, make_job
from dfl_grading.store import Store

STUDENTS = ("ann", "bob", "cem", "dan")


def make_class(root: Path, **course: Any) -> Path:
    """A course with four hand-ins: right, wrong, right and empty-handed."""
    courses.make_course(root, **course)
    courses.hand_in(root, "ann")
    courses.hand_in(root, "bob", {"square": courses.WRONG_SQUARE})
    courses.hand_in(root, "cem")
    courses.hand_in(root, "dan", notebooks={})
    return root


SCORES = {"ann": 5.0, "bob": 3.0, "cem": 5.0, "dan": 0.0}


def fresh(sets: tuple[GradedSet, ...]) -> set[str]:
    return {student for graded in sets for student in graded.fresh}


def reported(root: Path) -> dict[str, float | None]:
    """The scores that the reports tell."""
    paths = (root / "autograded").glob("*/ps1/report.json")
    return {path.parts[-3]: json.loads(path.read_text())["score"] for path in paths}


def stored(root: Path) -> dict[str, float]:
    """The scores that the gradebook tells."""
    course = load_course(root)
    with Store(course.database_url, course.course_id, create=False) as store:
        return {row.student: row.score for row in store.scores("ps1")}


def without_times(root: Path) -> dict[str, Any]:
    """Every report but for how long its run took."""
    found = {}
    for path in sorted((root / "autograded").glob("*/ps1/report.json")):
        found[path.parts[-3]] = document = json.loads(path.read_text())
        for key in ("wall_s", "cpu_s", "peak_mb"):
            del document["run"][key]
    return found


def stamps(root: Path) -> dict[str, int]:
    """When each report was written."""
    paths = (root / "autograded").glob("*/ps1/report.json")
    return {path.parts[-3]: path.stat().st_mtime_ns for path in paths}


def half_written(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.name.startswith(".dfl-")]


# ------------------------------------------------------------------ what is up to date


def test_what_is_up_to_date_is_not_graded_again(tmp_path: Path) -> None:
    make_class(tmp_path)
    (first,) = courses.grade(tmp_path)
    assert first.fresh == {*STUDENTS}
    assert reported(tmp_path) == stored(tmp_path) == SCORES
    written = stamps(tmp_path)
    (second,) = courses.grade(tmp_path)
    assert second.fresh == set()
    assert [report.student for report in second.reports] == [*STUDENTS]
    assert stamps(tmp_path) == written
    assert fresh(courses.grade(tmp_path, force=True, students=("ann",))) == {"ann"}
    assert fresh(courses.grade(tmp_path, force=True)) == {*STUDENTS}


def test_a_change_is_graded_again_where_it_counts(tmp_path: Path) -> None:
    make_class(tmp_path)
    courses.grade(tmp_path)
    notebook = tmp_path / "submitted/bob/ps1/p1.ipynb"
    notebook.write_bytes((tmp_path / "submitted/ann/ps1/p1.ipynb").read_bytes())
    assert fresh(courses.grade(tmp_path)) == {"bob"}
    assert reported(tmp_path) == stored(tmp_path) == SCORES | {"bob": 5.0}
    (tmp_path / "submitted/cem/ps1/timestamp.txt").write_text("2030-04-01 10:00:00 UTC")
    assert fresh(courses.grade(tmp_path)) == {"cem"}
    (tmp_path / "submitted/ann/ps1/more.txt").write_text("x")
    assert fresh(courses.grade(tmp_path)) == {"ann"}


@pytest.mark.parametrize("what", ["grader", "source", "data", "limits"])
def test_a_change_of_what_judges_grades_everyone_again(tmp_path: Path, what: str) -> None:
    courses.make_course(tmp_path, files={"data.csv": "1\n"})
    courses.hand_in(tmp_path, "ann")
    courses.grade(tmp_path)
    if what == "grader":
        path = tmp_path / "graders/ps1.py"
        path.write_text(path.read_text() + "# changed\n")
    elif what == "source":
        path = tmp_path / "source/ps1/p1.ipynb"
        path.write_text(path.read_text().replace("# Numbers", "# More numbers"))
    elif what == "data":
        (tmp_path / "source/ps1/data.csv").write_text("2\n")
    else:
        courses.write(tmp_path / "course.toml", "[course]\nid = 'c'\n[limits]\ncell_seconds = 7\n")
    assert fresh(courses.grade(tmp_path)) == {"ann"}
    assert fresh(courses.grade(tmp_path)) == set()


PERSONAL = """
    from dfl_grading import ProblemSet, close
    problem_set = ProblemSet("ps1")
    problem_set.in_kernel("mean-test")
    problem_set.check("square-test", observe="square(x)", by=close(rtol=1e-9), per_student=True,
        draw=lambda rng: {"x": float(rng.uniform(3, 9))})
"""


def test_one_more_student_has_nobody_else_graded_again(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=PERSONAL)
    courses.hand_in(tmp_path, "ann")
    courses.hand_in(tmp_path, "bob")
    assert fresh(courses.grade(tmp_path)) == {"ann", "bob"}
    courses.hand_in(tmp_path, "cem")
    assert fresh(courses.grade(tmp_path, students=("cem",))) == {"cem"}
    assert fresh(courses.grade(tmp_path)) == set()
    shutil.rmtree(tmp_path / ".dfl")
    assert fresh(courses.grade(tmp_path)) == set()


def test_what_the_grader_failed_on_is_never_up_to_date(tmp_path: Path) -> None:
    courses.make_course(tmp_path, courses.test("bad", "float('nan')", 1), grader=None)
    courses.hand_in(tmp_path, "ann")
    (first,) = courses.grade(tmp_path)
    assert first.reports[0].needs_person
    assert fresh(courses.grade(tmp_path)) == {"ann"}


def test_late_hand_ins_are_told_by_how_much(tmp_path: Path) -> None:
    toml = """
        [course]
        id = "c"
        [[problem_set]]
        name = "ps1"
        due = 2030-03-01T09:30:00
    """
    courses.make_course(tmp_path, toml=toml)
    courses.hand_in(tmp_path, "ann")
    courses.grade(tmp_path)
    assert courses.report(tmp_path, "ann")["late"]["seconds"] == 1800
    courses.write(tmp_path / "course.toml", toml.replace("09:30", "09:45"))
    assert fresh(courses.grade(tmp_path)) == set()
    assert courses.report(tmp_path, "ann")["late"]["seconds"] == 900
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        extension = "1970-01-01 00:10:00.000000"
        database.execute("UPDATE submitted_assignment SET extension = ?", [extension])
    database.close()
    (graded,) = courses.grade(tmp_path)
    late = graded.reports[0].late
    assert (graded.fresh, late.seconds, late.extension_seconds) == (set(), 300, 600)


# ------------------------------------------------------------------ whom to grade


def test_named_students_are_graded_in_every_problem_set_that_they_handed_in(
    tmp_path: Path,
) -> None:
    courses.make_course(tmp_path, grader=None)
    courses.add_notebook(tmp_path, "q", *courses.questions(), problem_set="ps2")
    courses.hand_in(tmp_path, "ann")
    courses.hand_in(tmp_path, "bob")
    courses.hand_in(tmp_path, "bob", notebooks={"q": "q"}, problem_set="ps2")
    assert [s.config.name for s in courses.grade(tmp_path, students=("ann",))] == ["ps1"]
    both = courses.grade(tmp_path, students=("b*",))
    assert [(s.config.name, s.fresh) for s in both] == [("ps1", {"bob"}), ("ps2", {"bob"})]
    with pytest.raises(GradingError, match="'ann' handed in nothing for ps2"):
        courses.grade(tmp_path, "ps2", students=("ann", "bob"))
    with pytest.raises(GradingError, match="'zoe' handed in nothing; see"):
        courses.grade(tmp_path, students=("zoe", "ann"))


def test_what_is_passed_over_is_told(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=None)
    courses.hand_in(tmp_path, "ann")
    (tmp_path / "submitted/eve").symlink_to(tmp_path / "submitted/ann")
    (graded,) = courses.grade(tmp_path)
    assert graded.fresh == {"ann"}
    assert [remark.name for remark in graded.remarks] == ["eve"]


def test_data_are_shipped_wherever_the_course_lies(tmp_path: Path) -> None:
    """The patterns of files to ignore are for what is in a problem set, not above it."""
    root = courses.make_course(
        tmp_path / "feedback" / "course",
        grader=None,
        files={"data.csv": "1", "deep/table": "2", "feedback/x": "3", "a.pyc": "4"},
    )
    course = load_course(root)
    assert set(make_job(course, course.problem_set("ps1")).files) == {"data.csv", "deep/table"}


# ------------------------------------------------------------------ bad input


def no_source(root: Path) -> None:
    shutil.rmtree(root / "source")


def broken_notebook(root: Path) -> None:
    (root / "source/ps1/p1.ipynb").write_text("{")


def grader_says(text: str) -> Callable[[Path], None]:
    return lambda root: courses.write(root / "graders/ps1.py", text) and None


def source_says(*cells: dict[str, Any]) -> Callable[[Path], None]:
    return lambda root: courses.add_notebook(root, "p1", *cells)


def check(arguments: str, first: str = "square-test") -> Callable[[Path], None]:
    return grader_says(
        "from dfl_grading import ProblemSet, close, Part\nfrom math import inf\n"
        f"problem_set = ProblemSet('ps1')\nproblem_set.in_kernel('mean-test')\n"
        f"problem_set.check('{first}', {arguments})\n"
    )


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no source": (no_source, r"no course\.toml, nbgrader_config\.py or source"),
    "no problem set": (lambda r: shutil.rmtree(r / "source/ps1"), "holds no problem set"),
    "no submissions": (lambda r: shutil.rmtree(r / "submitted"), "no submissions in .*submitted"),
    "no hand-in": (lambda r: shutil.rmtree(r / "submitted/ann/ps1"), "no submissions in"),
    "a broken course file": (lambda r: (r / "course.toml").write_text("[course"), "course.toml"),
    "a broken source notebook": (broken_notebook, r"p1\.ipynb"),
    "an open solution": (
        source_says(courses.solution("s", "### BEGIN SOLUTION"), *courses.questions()),
        "END SOLUTION",
    ),
    "twins": (source_says(*[courses.solution("s", "1")] * 2), "'s'"),
    "two graders": (lambda r: shutil.copy(r / "graders/ps-1.py", r / "graders/ps_1.py"), "ps_1"),
    "a grader of no Python": (grader_says("x = (\n"), r"ps1\.py:1: .*SyntaxError"),
    "a grader of no text": (
        lambda r: (r / "graders/ps1.py").write_bytes(b"\xff\xfe\0"),
        r"ps1\.py:1: .*fails with",
    ),
    "a grader that raises": (grader_says("x = 1\n1 / 0\n"), r"ps1\.py:2: .*ZeroDivisionError"),
    "a grader that raises in many lines": (
        grader_says("raise ValueError('one\\ntwo')\n"),
        r"ps1\.py:1: .*ValueError: one two; mend it",
    ),
    "a grader that ends Python": (grader_says("import sys\nsys.exit()\n"), "SystemExit"),
    "a grader of nothing": (grader_says("print('hello')\n"), "there is no problem_set in it"),
    "a grader of another": (
        grader_says("from dfl_grading import ProblemSet\nproblem_set = ProblemSet('other')\n"),
        "no check for|is not 'ps1'",
    ),
    "a check of no cell": (check("observe='1', by=close(rtol=1)", "sqare-test"), "sqare-test"),
    "a check of a solution": (check("observe='1', by=close(rtol=1)", "square"), "'square'"),
    "a check of nothing": (check("observe='x = 1', by=close(rtol=1)"), "needs an expression"),
    "a check of no Python": (check("observe='x +', by=close(rtol=1)"), "not Python"),
    "a check of no text": (check("observe=3, by=close(rtol=1)"), "not Python"),
    "a check of null bytes": (check("observe='\\0', by=close(rtol=1)"), "not Python"),
    "a check without comparer": (check("observe='1'"), "by="),
    "a comparer that is none": (check("observe='1', by=3"), "to be a comparer"),
    "a reference that is none": (check("observe='1', by=close(rtol=1), reference=2"), "reference="),
    "an endless check": (check("observe='1', by=close(rtol=1), seconds=inf"), "seconds="),
    "a check of no weight": (check("observe='1', by=close(rtol=1), weight=0"), "weight="),
    "no draws": (check("observe='1', by=close(rtol=1), draw=dict, draws=0"), "draws=0"),
    "half a draw": (check("observe='1', by=close(rtol=1), draw=dict, draws=.5"), "draws=0.5"),
    "a draw that fails": (
        check("observe='1', by=close(rtol=1), draw=lambda rng: 1 / 0"),
        r"ps1\.py:5: drawing .* ZeroDivisionError",
    ),
    "a draw of no data": (
        check("observe='1', by=close(rtol=1), draw=lambda rng: {'x': {1}}"),
        r"ps1\.py:5: .* not plain data",
    ),
    "a cell without check": (
        grader_says("from dfl_grading import ProblemSet\nproblem_set = ProblemSet('ps1')\n"),
        "no check for the auto-graded cell 'mean-test' and 1 more",
    ),
    "a reference that fails": (
        source_says(
            courses.solution("square", "1 / 0"),
            courses.test("square-test", "", 1),
            courses.test("mean-test", "", 1),
        ),
        r"p1\.ipynb: the reference solution fails in cell 'square' with ZeroDivisionError",
    ),
    "a check that fails": (check("observe='cube(2)', by=close(rtol=1)"), "NameError"),
    "an interpreter that is none": (
        lambda r: courses.write(
            r / "course.toml",
            "[course]\nid = 'c'\n[[problem_set]]\nname = 'ps1'\ninterpreter = '/bin/false'\n",
        ),
        "/bin/false",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    spoil, words = BAD[name]
    courses.make_course(tmp_path)
    courses.hand_in(tmp_path, "ann")
    if name == "two graders":
        (tmp_path / "source/ps1").rename(tmp_path / "source/ps-1")
        (tmp_path / "graders/ps1.py").rename(tmp_path / "graders/ps-1.py")
        (tmp_path / "submitted/ann/ps1").rename(tmp_path / "submitted/ann/ps-1")
    spoil(tmp_path)
    before = courses.tree(tmp_path)
    with pytest.raises(GradingError, match=words) as raised:
        courses.grade(tmp_path)
    assert "\n" not in str(raised.value)
    assert courses.tree(tmp_path) == before


def test_a_problem_set_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    courses.make_course(tmp_path)
    with pytest.raises(GradingError, match=r'no problem set "ps2".*ps1'):
        courses.grade(tmp_path, "ps2")
    with pytest.raises(GradingError, match="no submissions for ps1"):
        courses.grade(tmp_path, "ps1")


# ------------------------------------------------------------------ the gradebook and the reports


def test_the_gradebook_is_made_again_from_the_reports(tmp_path: Path) -> None:
    make_class(tmp_path)
    courses.grade(tmp_path)
    (tmp_path / "gradebook.db").unlink()
    assert fresh(courses.grade(tmp_path)) == set()
    assert stored(tmp_path) == SCORES
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        database.execute("DELETE FROM grade")
    database.close()
    assert fresh(courses.grade(tmp_path)) == set()
    assert stored(tmp_path) == SCORES


@pytest.mark.parametrize("text", [None, "", '{"schema": 1', '{"schema": 2}'])
def test_a_report_that_is_lost_or_broken_is_made_again(tmp_path: Path, text: str | None) -> None:
    make_class(tmp_path, grader=None)
    courses.grade(tmp_path)
    path = tmp_path / "autograded/bob/ps1/report.json"
    path.unlink()
    if text is not None:
        path.write_text(text)
    assert fresh(courses.grade(tmp_path)) == {"bob"}
    assert reported(tmp_path).keys() == SCORES.keys()


def test_a_gradebook_that_fails_in_the_middle_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_class(tmp_path)
    save = Store.save

    def fail(self: Store, report: Any, unanswered: Any = ()) -> None:
        if report.student == "cem":
            raise StoreError("the gradebook is full")
        save(self, report, unanswered)

    monkeypatch.setattr(Store, "save", fail)
    with pytest.raises(StoreError, match="is full"):
        courses.grade(tmp_path)
    monkeypatch.setattr(Store, "save", save)
    assert reported(tmp_path).keys() == {"ann", "bob", "cem"}
    assert fresh(courses.grade(tmp_path)) == {"dan"}
    assert reported(tmp_path) == stored(tmp_path) == SCORES


# ------------------------------------------------------------------ disks


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A disk of so many bytes in the place of a folder; for root alone."""
    folder.mkdir(parents=True)
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def test_a_full_disk_is_one_sentence_and_what_is_done_stays_done(tmp_path: Path) -> None:
    courses.make_course(tmp_path)
    for student in STUDENTS:
        courses.hand_in(tmp_path, student)
        (tmp_path / "submitted" / student / "ps1/large.bin").write_bytes(bytes(100_000))
    with small_disk(tmp_path / "autograded", "300k"):
        with pytest.raises(StoreError, match=r"autograded.*No space left on device.*grade again"):
            courses.grade(tmp_path)
        done = reported(tmp_path)
        assert 0 < len(done) < len(STUDENTS)
        assert half_written(tmp_path) == []
        assert set(done.values()) == {5.0}
        remount(tmp_path / "autograded", "size=2m")
        assert fresh(courses.grade(tmp_path)) == {*STUDENTS} - done.keys()
        assert reported(tmp_path) == stored(tmp_path) == dict.fromkeys(STUDENTS, 5.0)


@contextlib.contextmanager
def read_only_course(root: Path) -> Iterator[Path]:
    """A course with one hand-in that cannot be written to, by root or by anybody else."""
    if os.geteuid() == 0:
        with small_disk(root, "2m"):
            courses.make_course(root)
            courses.hand_in(root, "ann")
            remount(root, "ro")
            yield root
    else:
        courses.make_course(root)
        courses.hand_in(root, "ann")
        root.chmod(0o555)
        yield root
        root.chmod(0o755)


def test_a_read_only_course_is_one_sentence(tmp_path: Path) -> None:
    with read_only_course(tmp_path / "course") as root:
        with pytest.raises(GradingError, match=r"course.* cannot be written"):
            courses.grade(root)
        assert not (root / "autograded").exists()


# ------------------------------------------------------------------ two graders, and kills


def test_a_second_grader_is_sent_away(tmp_path: Path) -> None:
    make_class(tmp_path, grader=None)
    courses.grade(tmp_path, students=("ann",))
    with (tmp_path / ".dfl/ps1.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = courses.tree(tmp_path)
        with pytest.raises(GradingError, match="ps1 is being graded by another process"):
            courses.grade(tmp_path)
        assert courses.tree(tmp_path) == before
    assert fresh(courses.grade(tmp_path)) == {"bob", "cem", "dan"}


SLOW = "import time\ntime.sleep(0.4)\ndef mean(values):\n    return sum(values) / len(values)"


def make_slow_class(root: Path, students: tuple[str, ...] = STUDENTS) -> Path:
    """Hand-ins that take a while each, in a course whose reference is quick."""
    courses.make_course(root)
    for student in students:
        answers = {"mean": SLOW}
        if student == "bob":
            answers["square"] = courses.WRONG_SQUARE
        courses.hand_in(root, student, answers)
    return root


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The reports of a slow class that nobody disturbed."""
    root = make_slow_class(tmp_path_factory.mktemp("undisturbed"))
    courses.grade(root, jobs=4)
    return without_times(root)


@contextlib.contextmanager
def grading(root: Path, jobs: int) -> Iterator[subprocess.Popen[str]]:
    """`dfl grade`, running; whatever is left of it in the end is killed."""
    run = subprocess.Popen(
        courses.command("grade", "--jobs", str(jobs)),
        cwd=root,
        env=courses.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield run
    finally:
        if run.poll() is None:
            run.kill()
        run.communicate()


def workers_of(run: subprocess.Popen[str]) -> list[int]:
    return [pid for pid in children_of(run) if not is_nursery(pid)]


def nurseries_of(run: subprocess.Popen[str]) -> list[int]:
    return [pid for pid in children_of(run) if is_nursery(pid)]


def children_of(run: subprocess.Popen[str]) -> list[int]:
    return [p.pid for p in processes.below(run.pid) if p.parent == run.pid]


def is_nursery(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"_dfl_inside" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def zygotes_of(run: subprocess.Popen[str]) -> list[int]:
    parents = workers_of(run) + nurseries_of(run)
    return [p.pid for p in processes.below(run.pid) if p.parent in parents]


def landed(root: Path) -> int:
    return len(list((root / "autograded").glob("*/ps1/report.json")))


def wait_until(run: subprocess.Popen[str], condition: Callable[[], bool], what: str) -> None:
    processes.wait_for(lambda: run.poll() is not None or condition(), what)
    assert run.poll() is None, (f"grading ended before {what}", run.communicate())


MOMENTS: dict[str, Callable[[Path, subprocess.Popen[str]], bool]] = {
    "a zygote for each worker": lambda root, run: len(zygotes_of(run)) == 2,
    "its first report": lambda root, run: landed(root) >= 1,
    "half of the reports": lambda root, run: landed(root) >= 2,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_grading_that_is_killed_leaves_nothing_behind_and_goes_on(
    tmp_path: Path, undisturbed: dict[str, Any], moment: str
) -> None:
    make_slow_class(tmp_path)
    with grading(tmp_path, 2) as run:
        wait_until(run, lambda: MOMENTS[moment](tmp_path, run), moment)
        everyone = processes.below(run.pid)
        run.kill()
        run.wait()
        processes.wait_for(lambda: not processes.are_left(everyone), "an end of all processes")
    done = stamps(tmp_path)
    graded = fresh(courses.grade(tmp_path, jobs=4))
    # one report may have landed on its way into the gradebook
    assert graded == {*STUDENTS} - done.keys()
    assert {student: stamps(tmp_path)[student] for student in done} == done
    assert without_times(tmp_path) == undisturbed
    assert stored(tmp_path) == reported(tmp_path)
    assert half_written(tmp_path / "autograded") == []


@pytest.mark.parametrize(
    "victims",
    [workers_of, zygotes_of, nurseries_of],
    ids=["worker", "zygote", "nursery"],
)
def test_a_worker_or_zygote_that_is_killed_costs_nobody_anything(
    tmp_path: Path,
    undisturbed: dict[str, Any],
    victims: Callable[[subprocess.Popen[str]], list[int]],
) -> None:
    make_slow_class(tmp_path)
    with grading(tmp_path, 2) as run:
        wait_until(run, lambda: landed(tmp_path) >= 1 and bool(victims(run)), "a report")
        os.kill(victims(run)[0], signal.SIGKILL)
        said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert without_times(tmp_path) == undisturbed
    assert stored(tmp_path) == reported(tmp_path)


@pytest.mark.parametrize("victims", [workers_of, zygotes_of], ids=["worker", "zygote"])
def test_what_is_killed_again_and_again_is_for_a_person_and_no_zero(
    tmp_path: Path, victims: Callable[[subprocess.Popen[str]], list[int]]
) -> None:
    make_slow_class(tmp_path, ("ann",))
    courses.grade(tmp_path)  # the reference has run: the next workers grade ann at once
    killed: set[int] = set()

    def found() -> set[int]:
        return set(victims(run)) - killed

    (tmp_path / "autograded/ann/ps1/report.json").unlink()
    with grading(tmp_path, 1) as run:
        for _ in range(2):
            wait_until(run, lambda: bool(found()), "another victim")
            killed |= (now := found())
            for pid in now:
                os.kill(pid, signal.SIGKILL)
        said = run.communicate(timeout=60)
    assert run.returncode == 1, said
    made = courses.report(tmp_path, "ann")
    assert {q["verdict"] for q in made["questions"]} == {"GRADER_ERROR"}
    assert made["score"] is None
    assert fresh(courses.grade(tmp_path)) == {"ann"}
    assert reported(tmp_path) == stored(tmp_path) == {"ann": 5.0}


def test_an_interrupt_leaves_a_course_that_goes_on(
    tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    make_slow_class(tmp_path)
    with grading(tmp_path, 2) as run:
        wait_until(run, lambda: landed(tmp_path) >= 1, "a report")
        everyone = processes.below(run.pid)
        os.killpg(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=60)
        processes.wait_for(lambda: not processes.are_left(everyone), "an end of all processes")
    assert run.returncode == 130
    assert "dfl: stopped; what is done is kept, the same command goes on." in said
    assert "Traceback" not in said
    done = stamps(tmp_path)
    assert fresh(courses.grade(tmp_path, jobs=4)) == {*STUDENTS} - done.keys()
    assert without_times(tmp_path) == undisturbed
    assert stored(tmp_path) == reported(tmp_path)


def test_two_graders_at_once_do_not_meet(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    make_slow_class(tmp_path)
    with grading(tmp_path, 2) as run:
        wait_until(run, lambda: landed(tmp_path) >= 1, "a report")
        with pytest.raises(GradingError, match="being graded by another process"):
            courses.grade(tmp_path)
        said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert without_times(tmp_path) == undisturbed
    assert stored(tmp_path) == reported(tmp_path)


def test_nbgraders_own_leftovers_are_written_over(tmp_path: Path) -> None:
    """nbgrader leaves read-only files, which no rename minds."""
    make_class(tmp_path, grader=None)
    folder = tmp_path / "autograded/ann/ps1"
    tiny.write(folder / "p1.ipynb", tiny.notebook())
    (folder / "timestamp.txt").write_text("old")
    for path in folder.iterdir():
        path.chmod(0o444)
    courses.grade(tmp_path)
    assert (folder / "timestamp.txt").read_text() == courses.STAMP
    assert reported(tmp_path)["ann"] == 5.0
