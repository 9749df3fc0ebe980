"""Numeric judgement: comparers that decide how much of the credit a value earns.

A comparer is called with a value and its reference (and, where it asks for `case`, the hidden
arguments) and returns a `Judgement`. Every tolerance is written at the call; there are no
defaults. A strange value is a verdict: no comparer raises on any plain value.
"""

from __future__ import annotations

from dfl_grading.compare.closeness import bands, close, decimals, exact, significant_figures, ulp
from dfl_grading.compare.diagnose import diagnose
from dfl_grading.compare.judgement import Judgement, as_judgement
from dfl_grading.compare.subspaces import orthonormal, same_subspace
from dfl_grading.compare.symmetry import (
    sorted_close,
    up_to_constant,
    up_to_permutation,
    up_to_phase,
    up_to_scale,
    up_to_sign,
)

__all__ = [
    "Judgement",
    "as_judgement",
    "bands",
    "close",
    "decimals",
    "diagnose",
    "exact",
    "orthonormal",
    "same_subspace",
    "significant_figures",
    "sorted_close",
    "ulp",
    "up_to_constant",
    "up_to_permutation",
    "up_to_phase",
    "up_to_scale",
    "up_to_sign",
]
