"""A comparer of what a function draws from the generator that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from dfl_grading.compare.closeness import exact
from dfl_grading.compare.judgement import Judgement, Written, fail, full
from dfl_grading.compare.plain import amiss, container_of, describe

__all__ = ["reproducible"]


@dataclass(frozen=True, kw_only=True, repr=False)
class reproducible(Written):
    """Judge three draws, of one seed twice and of another: all randomness is the generator's.

    `observe` gives a list or tuple of three values, from generators made anew of a seed, of the
    same seed, and of another. The first two must be equal, to the last bit, and the third not.
    Invariance: what is drawn does not matter. Shape: three values of any form.
    """

    needs_reference: ClassVar[bool] = False

    def __call__(self, value: Any, reference: Any = None) -> Judgement:
        """All the credit or none."""
        if amiss(value):
            return fail(amiss(value))
        if container_of(value) not in ("list", "tuple") or len(value) != 3:
            return fail(f"returned {describe(value)}, expected three draws")
        first, again, other = value
        for one in value:
            if amiss(one):
                return fail(amiss(one))
        same = exact()
        if not same(again, first).passed:
            return fail("the same seed gives something else: not all that is random comes from rng")
        if same(other, first).passed:
            return fail("another seed gives the same: rng is not used")
        return full()
