"""Comparers made of comparers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dfl_grading.compare.judgement import Judgement, fail, full, judge_by
from dfl_grading.compare.plain import amiss, container_of, describe
from dfl_grading.errors import GraderFileError

__all__ = ["all_of", "any_of", "bands", "items"]


class _Several:
    """What they share: several comparers, called with the case where they ask for it."""

    def __init__(self, *comparers: Any) -> None:
        name = type(self).__name__
        if not comparers or not all(map(callable, comparers)):
            raise GraderFileError(f"{name}() takes comparers, such as {name}(close(rtol=1e-8)).")
        self.comparers = comparers
        # What one of them says may be no mistake to another: no diagnosis from outside.
        self.own_words = True
        self.needs_reference = any(getattr(by, "needs_reference", False) for by in comparers)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.comparers))})"


class all_of(_Several):
    """Judge by several comparers in turn; the credit is that of the least content one.

    Once one gives no credit the later ones are not called, so a comparer of ours may stand
    guard before a function of your own. Invariance: what all the comparers share. Shapes:
    those that all of them take.
    """

    def __call__(
        self, value: Any, reference: Any = None, case: Mapping[str, Any] | None = None
    ) -> Judgement:
        """The least credit, and the message that came with it."""
        judged: list[Judgement] = []
        for by in self.comparers:
            judged.append(judge_by(by, value, reference, case))
            if judged[-1].fraction == 0.0:
                break
        return min(judged, key=lambda one: one.fraction)


class any_of(_Several):
    """Judge by several comparers, of which one needs to be content; the best credit counts.

    Invariance: that of each comparer. Shapes: those that any of them takes.
    """

    def __call__(
        self, value: Any, reference: Any = None, case: Mapping[str, Any] | None = None
    ) -> Judgement:
        """The best credit; where none is earned, the message of the first comparer."""
        judged = [judge_by(by, value, reference, case) for by in self.comparers]
        return max(judged, key=lambda one: one.fraction)


class items(_Several):
    """Judge a tuple or list item by item, each by a comparer of its own.

    `items(close(rtol=1e-8), up_to_sign(rtol=1e-8, columns=True))` judges a pair of eigenvalues
    and eigenvectors. The credit is the mean of the items'; with `all_or_nothing`, full or none.
    Invariance: that of each item's comparer. Shape: a tuple or a list (they serve for each
    other) of as many items as there are comparers.
    """

    def __init__(self, *comparers: Any, all_or_nothing: bool = False) -> None:
        super().__init__(*comparers)
        self.all_or_nothing = all_or_nothing

    def __call__(
        self, value: Any, reference: Any = None, case: Mapping[str, Any] | None = None
    ) -> Judgement:
        """The mean credit of the items; the messages say which item."""
        count = len(self.comparers)
        if amiss(value):
            return fail(amiss(value))
        if container_of(value) not in ("list", "tuple"):
            return fail(f"returned {describe(value)}, expected a tuple of {count} items")
        if len(value) != count:
            return fail(f"wrong length {len(value)}, expected {count}")
        if reference is None:
            known: Any = (None,) * count
        elif container_of(reference) in ("list", "tuple") and len(reference) == count:
            known = reference
        else:
            return fail(f"the reference is {describe(reference)}, not {count} items")
        judged = [
            judge_by(by, item, of_reference, case)
            for by, item, of_reference in zip(self.comparers, value, known, strict=True)
        ]
        said = [f"item {i}: {one.message}" for i, one in enumerate(judged) if not one.passed]
        fraction = sum(one.fraction for one in judged) / count
        if self.all_or_nothing and fraction < 1:
            fraction = 0.0
        return Judgement(fraction, "; ".join(said))


class bands:
    """Judge by tolerance bands: the best credit among the comparers that a value passes.

    `bands((1.0, close(rtol=1e-8)), (0.5, close(rtol=1e-4)))` gives the full credit within
    1e-8 and half of it within 1e-4. Invariance: that of the comparers. Shapes: theirs too.
    Raises GraderFileError for a credit outside (0, 1] or for no band at all.
    """

    def __init__(self, *steps: tuple[float, Any]) -> None:
        for step in steps:
            if not (isinstance(step, tuple) and len(step) == 2 and callable(step[1])):
                raise GraderFileError("bands() takes pairs such as (0.5, close(rtol=1e-4)).")
            if isinstance(step[0], bool) or not 0 < step[0] <= 1:
                raise GraderFileError(f"bands() has the credit {step[0]!r}; write one in (0, 1].")
        if not steps:
            raise GraderFileError("bands() needs at least one pair (credit, comparer).")
        self.needs_reference = any(getattr(by, "needs_reference", False) for _, by in steps)
        self.steps = tuple(sorted(steps, key=lambda step: -step[0]))

    def __repr__(self) -> str:
        return f"bands({', '.join(map(repr, self.steps))})"

    def __call__(
        self, value: Any, reference: Any = None, case: Mapping[str, Any] | None = None
    ) -> Judgement:
        """The best of the bands' credits; the message of the strictest band."""
        best, message = 0.0, ""
        for credit, comparer in self.steps:
            judged = judge_by(comparer, value, reference, case)
            message = message or judged.message
            best = max(best, credit * judged.fraction)
        return full() if best == 1.0 else Judgement(best, message)
