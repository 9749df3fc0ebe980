"""A made-up class: reports with every verdict, drawn from a seed."""

from __future__ import annotations

import random
from dataclasses import replace

from dfl_grading.model import (
    Evidence,
    GradeReport,
    Lateness,
    Outcome,
    PartResult,
    QuestionResult,
    Repair,
    RunRecord,
    Verdict,
)

QUESTIONS = {"norm": 1.0, "rank": 2.0, "inverse": 4.0, "fit": 3.0}
EARNED = {Verdict.PASSED: 1.0, Verdict.PARTIAL: 0.5}
PERSONAL = (Verdict.MANUAL, Verdict.GRADER_ERROR)


def make_question(
    grade_id: str = "norm",
    verdict: Verdict = Verdict.PASSED,
    *,
    points: float = 2.0,
    score: float | None = None,
    evidence: Evidence = Evidence.OUTSIDE,
    message: str = "",
    parts: tuple[PartResult, ...] = (),
) -> QuestionResult:
    """One result; its score follows from the verdict where none is given."""
    if score is None and verdict not in PERSONAL:
        score = points * EARNED.get(verdict, 0.0)
    return QuestionResult(
        grade_id=grade_id,
        notebook="vectors",
        score=score,
        max_score=points,
        verdict=verdict,
        evidence=evidence,
        message=message,
        parts=parts,
    )


def make_report(student: str, *questions: QuestionResult) -> GradeReport:
    """One student's report with these questions, or with one that passed."""
    return GradeReport(
        student=student,
        problem_set="linear-1-vectors",
        questions=questions or (make_question(),),
        run=RunRecord(wall_s=0.5, cpu_s=0.4, peak_mb=150.0),
    )


def make_class(count: int, *, seed: int = 7, questions: int = 4) -> list[GradeReport]:
    """`count` students; verdicts, lateness, repairs and ends of runs in turn and at random."""
    rng = random.Random(seed)
    names = {**QUESTIONS, **{f"more-{n}": 1.0 for n in range(questions - len(QUESTIONS))}}
    made = []
    for number in range(count):
        results = [
            _draw_question(rng, name, points) for name, points in list(names.items())[:questions]
        ]
        report = make_report(f"student{number:03d}", *results)
        if number % 5 == 1:
            repair = Repair(notebook="vectors", grade_id="rank", what="the test cell was put back")
            report = replace(report, repairs=(repair,))
        if number % 6 == 2:
            report = replace(report, late=Lateness(seconds=7200.0, penalty=0.5, policy="half"))
        if number % 11 == 3:
            run = replace(report.run, outcome=Outcome.UNREADABLE, message="it is not JSON")
            report = replace(report, run=run)
        made.append(report)
    return made


def _draw_question(rng: random.Random, name: str, points: float) -> QuestionResult:
    verdict = rng.choice(list(Verdict) + [Verdict.PASSED] * 9)
    evidence = Evidence.IN_KERNEL if name == "fit" else Evidence.OUTSIDE
    message = "" if verdict is Verdict.PASSED else f"{name} is off by {rng.random():.3g}"
    return make_question(name, verdict, points=points, evidence=evidence, message=message)
