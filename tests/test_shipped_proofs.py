"""The proofs of the shipped problem sets: they hold, and no check could hold a broken reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import courses
import pytest
import shipped

from dfl_grading.box import Zygote
from dfl_grading.course import load_course
from dfl_grading.execute import execute
from dfl_grading.grading import Job, encoded_cases, observation_of
from dfl_grading.judge import judge_outside
from dfl_grading.model import CellRun, CellStatus, Observed, Verdict
from dfl_grading.pipeline import make_job
from dfl_grading.release import released_notebook
from dfl_grading.samples import Sample, build_notebooks, read_samples
from dfl_grading.source import SourceNotebook
from dfl_grading.terminal import Progress
from dfl_grading.verify import VerifyOptions, verify

COURSE = load_course(shipped.ROOT)
SETS = list(COURSE.problem_sets)
SEEDS = 2
"""Of the 100 that `dfl verify` takes; it tries all samples too, and takes some minutes."""

Seen = Mapping[tuple[str, str], tuple[Observed, ...]]


@pytest.mark.parametrize("name", SETS)
def test_right_answers_earn_full_marks(name: str) -> None:
    options = VerifyOptions(jobs=1, walls=courses.boxes(), seeds=SEEDS, only="accepted/*")
    (verified,) = verify(COURSE, [name], lambda total: Progress(total, quiet=True), options)
    assert [proof for proof in verified.proofs if not proof.held] == []
    tried = [proof.what for proof in verified.proofs]
    assert sum(what.startswith("sample accepted") for what in tried) >= 2


@pytest.mark.parametrize("name", SETS)
def test_every_check_is_red_when_its_reference_is_broken(name: str) -> None:
    """A wrong sample's answer in place of the reference: either it does not pass its own check,
    or the right answer does not."""
    job = make_job(COURSE, COURSE.problem_set(name), walls=courses.boxes())
    broken = _breaking(job)
    released = {notebook.name: released_notebook(COURSE, notebook) for notebook in job.notebooks}
    right = Sample(name="right", path=shipped.ROOT, expect={}, cells={})
    with Zygote(preload=job.preload, hidden=job.hidden, walls=job.walls) as zygote:

        def run(sample: Sample) -> dict[str, Seen]:
            documents = build_notebooks(sample, job.notebooks, released)
            return {
                notebook.name: _observe(job, zygote, notebook, documents[notebook.name])
                for notebook in job.notebooks
            }

        truth = run(right)
        runs = {sample.name: run(sample) for sample in broken.values()}
    for notebook in job.notebooks:
        for grade_id in _automatic([notebook]):
            wrong = runs[broken[grade_id].name][notebook.name]
            own = _verdict(job, notebook, grade_id, seen=wrong, known=wrong)
            other = _verdict(job, notebook, grade_id, seen=truth[notebook.name], known=wrong)
            sample = broken[grade_id].name
            assert {own, other} != {Verdict.PASSED}, f"{grade_id} with the answer of {sample}"


def _automatic(notebooks: Sequence[SourceNotebook]) -> list[str]:
    return [c.grade_id for n in notebooks for c in n.graded if c.kind == "autograded"]


def _breaking(job: Job) -> dict[str, Sample]:
    """For each question a sample that gets it wrong; as few of them as may be."""
    samples = [
        sample
        for sample in read_samples(COURSE.samples_folder(job.name), job.notebooks)
        if sample.path.parent.name in ("wrong", "partial", "cheat")
    ]
    chosen: dict[str, Sample] = {}
    left = set(_automatic(job.notebooks))
    while left:
        best = max(samples, key=lambda sample: len(left & _wrong(sample)))
        assert left & _wrong(best), f"no sample of {job.name} gets {sorted(left)} wrong"
        chosen |= dict.fromkeys(left & _wrong(best), best)
        left -= _wrong(best)
    return chosen


def _wrong(sample: Sample) -> set[str]:
    judged = (Verdict.FAILED, Verdict.PARTIAL)
    return {grade_id for grade_id, verdict in sample.expect.items() if verdict in judged}


def _observe(
    job: Job, zygote: Zygote, notebook: SourceNotebook, document: Mapping[str, Any]
) -> Seen:
    assert job.grader is not None
    wanted = [
        observation_of(check, encoded_cases(job.grader, check, ""))
        for grade_id in _automatic([notebook])
        for check in job.grader.observed(grade_id)
    ]
    done = execute(document, zygote, job.limits, observations=wanted, files=job.files)
    return done.observed


def _verdict(
    job: Job, notebook: SourceNotebook, grade_id: str, *, seen: Seen, known: Seen
) -> Verdict:
    assert job.grader is not None
    checks = (*job.grader.of(grade_id), *job.grader.carried)
    observed = {c.part: seen.get((grade_id, c.group), ()) for c in checks}
    references = {c.part: known.get((grade_id, c.group), ()) for c in checks}
    run = CellRun(status=CellStatus.OK)
    cell = notebook.cell(grade_id)
    return judge_outside(job.grader, cell, notebook.name, run, observed, references).verdict
