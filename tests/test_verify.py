"""Proofs of problem sets: green where all is in order, red for each thing that is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import courses
import pytest

from dfl_grading.course import load_course
from dfl_grading.errors import CourseError
from dfl_grading.terminal import Progress
from dfl_grading.verify import VerifyOptions, verify

ROOT = Path(__file__).parent.parent
ORDER = "the problem set is in order"
SHOWN = "the release shows no answer"
POINTS = "points add up"
FULL = "the reference solution earns full marks"
STUB = "the released stub earns nothing"

SAMPLES = {
    "accepted/power": "# %% square\ndef square(x):\n    return x**2\n",
    "wrong/adds": (
        "# expect: square-test FAILED\n# %% square\ndef square(x):\n    return x + x\n"
        "# %% square-test\nassert True\n"
    ),
    "crash/raises": "# expect: mean-test ERROR\n# %% mean\ndef mean(values):\n    return nothing\n",
    "partial/stub": (
        "# rest: stub\n# expect: mean-test ERROR\n# %% square\nsquare = lambda x: x * x\n"
    ),
}


def prove(root: Path, *names: str, seeds: int = 0) -> dict[str, tuple[str, ...] | None]:
    """What was proven: None where it held, the findings where it did not."""
    options = VerifyOptions(jobs=1, walls=courses.boxes(), seeds=seeds)
    watch = lambda total: Progress(total, quiet=True)  # noqa: E731
    verified = verify(load_course(root), names, watch, options)
    proofs = [proof for one in verified for proof in one.proofs]
    assert all(one.held == all(proof.held for proof in one.proofs) for one in verified)
    assert all(proof.held == (not proof.findings) for proof in proofs)
    return {proof.what: None if proof.held else proof.findings for proof in proofs}


def red(root: Path) -> dict[str, str]:
    return {
        what: " ".join(findings) for what, findings in prove(root).items() if findings is not None
    }


def file_samples(root: Path, samples: dict[str, str]) -> None:
    for name, text in samples.items():
        courses.write(root / "graders/samples/ps1" / f"{name}.py", text)


def test_all_holds_where_all_is_in_order(tmp_path: Path) -> None:
    courses.make_course(tmp_path, toml="[course]\nid = 'c'\n[points]\ntotal = 5\n")
    file_samples(tmp_path, SAMPLES)
    submitted = courses.hand_in(tmp_path, "ann")
    before = courses.tree(tmp_path)
    proven = prove(tmp_path)
    named = {f"sample {name} gets its verdicts" for name in SAMPLES}
    assert proven == dict.fromkeys({SHOWN, POINTS, FULL, STUB} | named)
    after = courses.tree(tmp_path)
    assert {name for name in after if name not in before} <= {
        name for name in after if name.startswith(".dfl")
    }
    assert submitted.is_dir()


def test_a_plain_nbgrader_course_is_proven_by_its_own_asserts(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader=None)
    assert red(tmp_path) == {}


def test_each_student_may_have_draws_of_their_own(tmp_path: Path) -> None:
    grader = courses.GRADER.replace("draws=2,", "draws=2, per_student=True,")
    assert "per_student" in grader
    courses.make_course(tmp_path, grader=grader)
    assert red(tmp_path) == {}


def twice(root: Path) -> None:
    """The solution is no square any more, in the eyes of nobody but the filed samples."""
    path = root / "source/ps1/p1.ipynb"
    path.write_text(path.read_text().replace("return x * x", "return x**3 / 2"))


def raising(root: Path) -> None:
    path = root / "source/ps1/p1.ipynb"
    path.write_text(path.read_text().replace("return x * x", "return 1 / 0"))


def without_solution(root: Path) -> None:
    """A question that asks nothing: what is released passes already."""
    grader = courses.GRADER.replace('observe="mean(v)"', 'observe="3.0"')
    courses.write(root / "graders/ps1.py", grader)


def answers_in_sight(root: Path) -> None:
    """The released test cell gives the answer away: only what is a solution is taken out."""
    path = root / "source/ps1/p1.ipynb"
    path.write_text(path.read_text().replace("assert mean([1]) == 1", "### BEGIN SOLUTION"))


def misfiled(root: Path) -> None:
    file_samples(root, {"wrong/right": SAMPLES["wrong/adds"].replace("x + x", "x * x")})


def broken_sample(root: Path) -> None:
    file_samples(root, {"wrong/odd": "# expect: nothing FAILED"})


def wrong_total(root: Path) -> None:
    courses.write(root / "course.toml", "[course]\nid = 'c'\n[points]\ntotal = 100\n")


def hanging(root: Path) -> None:
    courses.write(root / "course.toml", "[course]\nid = 'c'\n[limits]\ncell_seconds = 0.5\n")
    courses.add_notebook(
        root,
        "p1",
        courses.solution("square", "### BEGIN SOLUTION\nwhile True: pass\n### END SOLUTION"),
        courses.test("square-test", "", 2),
        courses.solution("mean", courses.MEAN),
        courses.test("mean-test", "", 3),
    )


def no_grader(root: Path) -> None:
    courses.write(root / "graders/ps1.py", "1 / 0\n")


BROKEN: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "another reference": (twice, "sample accepted/power gets its verdicts", "square-test is"),
    "a reference that raises": (raising, ORDER, "ZeroDivisionError"),
    "a reference that hangs": (hanging, ORDER, "square"),
    "points for nothing": (without_solution, STUB, "mean-test gives 3 points for nothing"),
    "a solution where none may be": (answers_in_sight, ORDER, "mean-test"),
    "a sample of another verdict": (
        misfiled,
        "sample wrong/right gets its verdicts",
        "square-test is PASSED: no message (filed as FAILED)",
    ),
    "a sample that is none": (broken_sample, ORDER, "there is no cell 'nothing'"),
    "a wrong total": (wrong_total, POINTS, "add up to 5 points, and course.toml asks for 100"),
    "a broken grader": (no_grader, ORDER, "ps1.py:1:"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_in_order_is_found(tmp_path: Path, name: str) -> None:
    courses.make_course(tmp_path)
    file_samples(tmp_path, {"accepted/power": SAMPLES["accepted/power"]})
    spoil, what, words = BROKEN[name]
    spoil(tmp_path)
    found = red(tmp_path)
    assert what in found, found
    assert words in found[what]


def test_one_problem_set_does_not_stop_the_proof_of_another(tmp_path: Path) -> None:
    courses.make_course(tmp_path, grader="1 / 0\n")
    courses.add_notebook(tmp_path, "q", *courses.questions(), problem_set="ps2")
    proven = prove(tmp_path)
    assert proven[ORDER] is not None
    assert proven[FULL] is None


def test_nothing_to_prove_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    with pytest.raises(CourseError, match="holds no problem set to verify"):
        prove(tmp_path)
    courses.make_course(tmp_path)
    with pytest.raises(CourseError, match="ps9"):
        prove(tmp_path, "ps9")


# ------------------------------------------------------------------ the shipped problem sets

SHIPPED = {
    "sigmoid-1-trainability": (
        "return float(v0) * (N * s2) ** L",
        "return float(v0) * N * s2**L",
        ["accepted/vectorised.py"],
    ),
    "sigmoid-2-signal-propagation": (
        "return sigma_w**2 * gaussian_mean",
        "return sigma_w * gaussian_mean",
        [],
    ),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_problem_set_holds_until_its_reference_is_broken(
    tmp_path: Path, name: str
) -> None:
    """With a sample or none: all of them are for `dfl verify`, which takes a minute."""
    right, wrong, filed = SHIPPED[name]
    (tmp_path / "graders").mkdir()
    shutil.copy(ROOT / "course.toml", tmp_path)
    shutil.copy(ROOT / "graders" / f"{name}.py", tmp_path / "graders")
    shutil.copytree(ROOT / "source" / name, tmp_path / "source" / name)
    for sample in filed:
        target = tmp_path / "graders/samples" / name / sample
        target.parent.mkdir(parents=True)
        shutil.copy(ROOT / "graders/samples" / name / sample, target)
    assert prove(tmp_path, name) == dict.fromkeys(
        [SHOWN, POINTS, FULL, STUB, *(f"sample {s[:-3]} gets its verdicts" for s in filed)]
    )
    (notebook,) = (tmp_path / "source" / name).glob("*.ipynb")
    text = notebook.read_text(encoding="utf-8")
    assert text.count(right) == 1
    notebook.write_text(text.replace(right, wrong), encoding="utf-8")
    assert any(prove(tmp_path, name).values())
