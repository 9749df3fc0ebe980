"""How the answers of week 1 are observed and judged. Never released."""

import numpy as np

from dfl_grading import ProblemSet, close

problem_set = ProblemSet("week-1")


def draw(rng):
    """Hidden arguments: the same for every student."""
    return {"x": rng.normal(rng.uniform(-3, 3), 2.0, size=rng.integers(5, 50))}


problem_set.check(
    "rms",  # the grade_id of the test cell
    observe="rms(x)",  # evaluated in the student's box
    draw=draw,
    draws=4,
    edges=[{"x": np.array([-2.5])}],
    by=close(rtol=1e-10),
)

problem_set.check(
    "spread",
    observe="spread(x)",
    draw=draw,
    draws=4,
    edges=[{"x": np.array([4.0, 4.0, 4.0])}],
    reference=lambda x: np.sqrt(np.mean(x**2) - np.mean(x) ** 2),  # a second road to the answer
    by=close(rtol=1e-8, atol=1e-12),
    all_or_nothing=True,  # a wrong formula may be right on the edge
)
