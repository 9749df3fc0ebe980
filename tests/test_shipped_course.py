"""The shipped course's own files: notebooks in one form, releases in step with their sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dfl_grading.course import load_course
from dfl_grading.problem_set import load_problem_set
from dfl_grading.release import read_notebooks, release
from dfl_grading.samples import FOLDERS, read_samples
from dfl_grading.tidy import tidied

ROOT = Path(__file__).parent.parent
COURSE = load_course(ROOT)
SETS = sorted(COURSE.problem_sets)
NOTEBOOKS = sorted(path for name in SETS for path in COURSE.notebook_paths(name))


def cells_of(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return cells


def test_the_readme_counts_them() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(SETS) == 15
    assert "Fifteen problem sets" in readme
    titles = [COURSE.problem_sets[name].title.casefold() for name in SETS]
    assert [title for title in titles if title not in readme.casefold()] == []


def test_every_problem_set_of_the_course_file_has_a_source_and_the_other_way_round() -> None:
    on_disk = {path.name for path in (ROOT / "source").iterdir() if path.is_dir()}
    assert on_disk == set(SETS)
    assert all(COURSE.problem_sets[name].week is not None for name in SETS)
    assert all(COURSE.problem_sets[name].readings for name in SETS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_source_notebook_reads_well_in_a_diff(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)
    assert tidied(text.encode(), path).decode() == text, "run 'dfl tidy'"
    assert text == json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert document["metadata"]["kernelspec"]["name"] == "python3"
    for cell in document["cells"]:
        assert isinstance(cell["source"], list), "one line of text a line of the file"
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
        if nbgrader := cell["metadata"].get("nbgrader"):
            assert cell["id"] == nbgrader["grade_id"]
            assert nbgrader["schema_version"] == 3


@pytest.mark.parametrize("name", SETS)
def test_a_problem_set_is_worth_twenty_automatic_points(name: str) -> None:
    notebooks = read_notebooks(COURSE, name)
    graded = [cell for notebook in notebooks for cell in notebook.graded]
    assert sum(cell.points or 0 for cell in graded if cell.kind == "autograded") == 20
    assert any(cell.kind == "manual" for cell in graded), "a cell that a person reads"


@pytest.mark.parametrize("name", SETS)
def test_every_automatic_question_is_judged_outside(name: str) -> None:
    grader_file = COURSE.grader_file(name)
    assert grader_file is not None
    problem_set = load_problem_set(grader_file, read_notebooks(COURSE, name))
    assert problem_set.trusted == []
    for grade_id in {check.grade_id for check in problem_set.checks}:
        checks = problem_set.of(grade_id)
        assert sum(len(check.cases(name)) for check in checks) >= 4, f"too few cases: {grade_id}"


@pytest.mark.parametrize("name", SETS)
def test_samples_are_filed_in_every_folder(name: str) -> None:
    samples = read_samples(COURSE.samples_folder(name), read_notebooks(COURSE, name))
    filed = [sample.path.parent.name for sample in samples]
    assert set(filed) == set(FOLDERS)
    assert filed.count("accepted") >= 2


@pytest.mark.parametrize("name", SETS)
def test_the_committed_release_is_in_step_with_its_source(name: str, tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_bytes((ROOT / "course.toml").read_bytes())
    for folder in ("source", "graders"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    made = release(load_course(tmp_path), name)
    committed = COURSE.release_folder(name)
    files = {path.name for path in committed.iterdir() if path.is_file()}
    assert files == {*made.notebooks, *made.files}
    for file in files:
        assert (made.folder / file).read_bytes() == (committed / file).read_bytes(), (
            f"release/{name}/{file} is not what source/ makes: run 'dfl release' and commit it"
        )
