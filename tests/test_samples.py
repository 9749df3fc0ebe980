"""Filed samples: what their lines mean, what is refused, and the notebooks that they become."""

from __future__ import annotations

from pathlib import Path

import courses
import pytest

from dfl_grading.course import load_course
from dfl_grading.errors import CourseError
from dfl_grading.model import Verdict
from dfl_grading.release import read_notebooks, released_notebook
from dfl_grading.samples import Sample, build_notebooks, read_samples

WRONG = "# expect: square-test FAILED\n"


def read(root: Path, **texts: str) -> tuple[Sample, ...]:
    """The samples of a tiny course, filed as `folder__name=text`."""
    if not (root / "source").exists():
        courses.make_course(root)
    course = load_course(root)
    folder = course.samples_folder("ps1")
    for key, text in texts.items():
        courses.write(folder / f"{key.replace('__', '/')}.py", text)
    return read_samples(folder, read_notebooks(course, "ps1"))


def test_a_course_without_samples_has_none(tmp_path: Path) -> None:
    assert read(tmp_path) == ()


def test_a_sample_says_what_it_holds_and_what_it_must_get(tmp_path: Path) -> None:
    text = """
        # A student who adds where they should multiply.
        # expect: square-test FAILED
        #expect:   mean-test   MISSING
        # delete: mean-test
        # rest: stub

        # %% square
        def square(x):
            # %timeit is no mark of a cell
            return x + x

        # %% mean

    """
    (sample,) = read(tmp_path, wrong__adds=text)
    assert sample.name == "wrong/adds"
    assert sample.expect == {"square-test": Verdict.FAILED, "mean-test": Verdict.MISSING}
    assert sample.deleted == ("mean-test",)
    assert sample.keeps_stubs
    assert sample.cells == {
        "square": "def square(x):\n    # %timeit is no mark of a cell\n    return x + x",
        "mean": "",
    }


def test_samples_come_by_folder_and_name(tmp_path: Path) -> None:
    found = read(tmp_path, wrong__b=WRONG, wrong__a=WRONG, accepted__z="", _drafts__x="1 / 0")
    assert [sample.name for sample in found] == ["accepted/z", "wrong/a", "wrong/b"]


REFUSED = {
    "a cell that is not there": ("# %% sqare", r":1: there is no cell 'sqare'.*square"),
    "a verdict for no cell": ("# expect: nothing FAILED", ":1: there is no cell 'nothing'"),
    "a verdict for a solution": ("# expect: square FAILED", ":1: .*gets no verdict.*square-test"),
    "a verdict that is none": (WRONG + "# expect: mean-test WRONG", ":2: 'WRONG' is no verdict"),
    "a verdict that is missing": ("# expect: square-test", ":1: .*is not understood"),
    "a verdict too many": ("# expect: square-test FAILED PASSED", ":1: .*is not understood"),
    "another word": ("# expected: square-test FAILED", ":1: .*is not understood"),
    "capitals": ("# EXPECT: square-test FAILED", ":1: .*is not understood"),
    "two verdicts": (WRONG + WRONG, ":2: 'square-test' stands here twice"),
    "two cells": (WRONG + "# %% square\n1\n# %% square\n2", ":4: 'square' stands here twice"),
    "a cell without name": (WRONG + "# %%\n1", ":2: .*is not understood"),
    "a cell of two names": (WRONG + "# %% square mean\n1", ":2: .*is not understood"),
    "a late verdict": (
        WRONG + "# %% square\n# expect: mean-test FAILED",
        ":3: .*must stand before",
    ),
    "a late rest": (WRONG + "# %% square\n# rest: stub", ":3: .*must stand before"),
    "a rest of another kind": (WRONG + "# rest: nothing", ":2: .*takes stub or reference"),
    "a rest without kind": (WRONG + "# rest:", ":2: .*is not understood"),
    "a deletion of nothing": (WRONG + "# delete: nothing", ":2: there is no cell 'nothing'"),
    "code before the cells": (WRONG + "x = 1", ":2: code stands before"),
    "nothing that fails": ("# expect: square-test PASSED", "name at least one '# expect"),
    "nothing at all": ("", "name at least one '# expect"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    text, words = REFUSED[name]
    with pytest.raises(CourseError, match=r"wrong/odd\.py" + words.replace("name at", ".*name at")):
        read(tmp_path, wrong__odd=text)


@pytest.mark.parametrize("text", [WRONG, "# rest: stub"])
def test_an_accepted_sample_passes_everything(tmp_path: Path, text: str) -> None:
    with pytest.raises(CourseError, match="passes everything"):
        read(tmp_path, accepted__odd=text)


def test_a_folder_of_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"wrnog: samples are filed in accepted, partial"):
        read(tmp_path, wrnog__odd=WRONG)


def test_a_sample_that_is_no_text_is_refused(tmp_path: Path) -> None:
    read(tmp_path, wrong__odd=WRONG)
    (tmp_path / "graders/samples/ps1/wrong/odd.py").write_bytes(b"\xff\xfe")
    with pytest.raises(CourseError, match=r"odd\.py: cannot be read as text"):
        read(tmp_path)


@pytest.mark.parametrize("stubs", [False, True])
def test_the_notebooks_are_what_a_student_would_hand_in(tmp_path: Path, stubs: bool) -> None:
    rest = "# rest: stub\n" if stubs else ""
    text = f"{WRONG}{rest}# delete: mean-test\n# %% square\ndef square(x): return 0\n"
    (sample,) = read(tmp_path, wrong__zero=text)
    course = load_course(tmp_path)
    notebooks = read_notebooks(course, "ps1")
    released = {n.name: released_notebook(course, n) for n in notebooks}
    before = repr(released)
    made = build_notebooks(sample, notebooks, released)
    sources = {
        cell["metadata"].get("nbgrader", {}).get("grade_id", ""): cell["source"]
        for cell in made["p1"]["cells"]
    }
    assert sources.keys() == {"", "square", "square-test", "mean"}
    assert sources["square"] == "def square(x): return 0"
    assert ("sum(values)" in sources["mean"]) is not stubs
    assert ("NotImplementedError" in sources["mean"]) is stubs
    assert repr(released) == before
