"""Numeric judgement: comparers that decide how much of the credit a value earns.

A comparer is called with a value and its reference (and, where it asks for `case`, the hidden
arguments) and returns a `Judgement`. Every tolerance is written at the call; there are no
defaults. A strange value is a verdict: no comparer raises on any plain value.
"""

from __future__ import annotations

from dfl_grading.compare.closeness import close, decimals, exact, significant_figures, ulp
from dfl_grading.compare.combine import all_of, any_of, bands, items
from dfl_grading.compare.curves import curve
from dfl_grading.compare.diagnose import diagnose
from dfl_grading.compare.expressions import expression
from dfl_grading.compare.judgement import Judgement, as_judgement
from dfl_grading.compare.plots import plot
from dfl_grading.compare.properties import (
    convergence_order,
    gradient_of,
    in_interval,
    monotone,
    residual,
)
from dfl_grading.compare.sampling import distribution
from dfl_grading.compare.seeds import reproducible
from dfl_grading.compare.shapes import shaped
from dfl_grading.compare.subspaces import orthonormal, same_subspace
from dfl_grading.compare.symmetry import (
    sorted_close,
    up_to_constant,
    up_to_permutation,
    up_to_phase,
    up_to_scale,
    up_to_sign,
)
from dfl_grading.compare.tables import table

__all__ = [
    "Judgement",
    "all_of",
    "any_of",
    "as_judgement",
    "bands",
    "close",
    "convergence_order",
    "curve",
    "decimals",
    "diagnose",
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
]
