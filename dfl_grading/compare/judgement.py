"""What a comparer says of one value, and how an instructor's own answer is read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Judgement", "as_judgement", "fail", "full"]

# Weighted means may land a few rounding errors beside 0 or 1; that is nobody's fault.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Judgement:
    """The credit for one value, as a `fraction` in [0, 1], and what the student reads of it.

    `message` says what kind of wrong it is and never what the right value is; it is empty
    where there is nothing to say. Raises ValueError for a fraction outside [0, 1].
    """

    fraction: float
    message: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fraction", _credit(self.fraction))

    @property
    def passed(self) -> bool:
        """Whether it earns the full credit."""
        return self.fraction == 1.0


def full() -> Judgement:
    """The full credit, with nothing to say."""
    return Judgement(1.0)


def fail(message: str) -> Judgement:
    """No credit, and why."""
    return Judgement(0.0, message)


def as_judgement(result: Any) -> Judgement:
    """Read what a comparer returned: a `Judgement`, a bool, or a fraction in [0, 1].

    Raises TypeError for anything else and ValueError for NaN or a fraction outside [0, 1]:
    both are the instructor's fault, never the student's.
    """
    if isinstance(result, Judgement):
        return result
    if isinstance(result, (bool, np.bool_)):
        return Judgement(1.0 if result else 0.0)
    if isinstance(result, (int, float, np.integer, np.floating)):
        return Judgement(float(result))
    raise TypeError(
        f"a comparer returns a Judgement, a bool or a fraction in [0, 1], "
        f"not {type(result).__name__}"
    )


def _credit(fraction: float) -> float:
    if isinstance(fraction, bool) or not isinstance(
        fraction, (int, float, np.integer, np.floating)
    ):
        raise ValueError(f"a fraction is a number, not {type(fraction).__name__}")
    number = float(fraction)
    if math.isnan(number) or number < -_ROUNDING or number > 1.0 + _ROUNDING:
        raise ValueError(f"a fraction of the credit lies in [0, 1]; this one is {number!r}")
    return min(1.0, max(0.0, number))
