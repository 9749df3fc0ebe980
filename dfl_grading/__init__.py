"""Boxed execution, numeric judgement and fair scores for technical courses.

This package's door exports what grader files need and nothing heavy.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

_COMPARE = frozenset(
    {
        "Judgement",
        "all_of",
        "any_of",
        "as_judgement",
        "bands",
        "close",
        "convergence_order",
        "curve",
        "decimals",
        "distribution",
        "exact",
        "expression",
        "gradient_of",
        "in_interval",
        "items",
        "monotone",
        "orthonormal",
        "plot",
        "reproducible",
        "residual",
        "same_subspace",
        "shaped",
        "significant_figures",
        "sorted_close",
        "table",
        "ulp",
        "up_to_constant",
        "up_to_permutation",
        "up_to_phase",
        "up_to_scale",
        "up_to_sign",
    }
)

__all__ = ["SOLUTION", "Part", "ProblemSet", "__version__", *sorted(_COMPARE)]


def __getattr__(name: str) -> Any:
    """Import on first use: comparers bring numpy, which the command line must not."""
    if name in ("ProblemSet", "Part", "SOLUTION"):
        from dfl_grading import problem_set

        return getattr(problem_set, name)
    if name in _COMPARE:
        from dfl_grading import compare

        return getattr(compare, name)
    raise AttributeError(f"module 'dfl_grading' has no attribute {name!r}")
