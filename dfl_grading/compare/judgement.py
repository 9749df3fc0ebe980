"""What a comparer says of one value, and how an instructor's own answer is read."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

__all__ = ["Judgement", "Written", "as_judgement", "fail", "full", "judge_by"]

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


class Written:
    """A comparer whose repr is the call that made it, with what was written there."""

    def __repr__(self) -> str:
        given = [
            f"{f.name}={getattr(self, f.name)!r}" if f.kw_only else repr(getattr(self, f.name))
            for f in fields(self)  # type: ignore[arg-type]
            if getattr(self, f.name) != f.default
        ]
        return f"{type(self).__name__}({', '.join(given)})"


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


def judge_by(
    by: Callable[..., Any], value: Any, reference: Any, case: Mapping[str, Any] | None
) -> Judgement:
    """Call a comparer, with the case's arguments where it has a parameter `case`.

    Raises whatever the comparer raises, and what `as_judgement` does.
    """
    try:
        asks = "case" in inspect.signature(by).parameters
    except (TypeError, ValueError):
        asks = False
    return as_judgement(by(value, reference, case=case) if asks else by(value, reference))


def _credit(fraction: float) -> float:
    if isinstance(fraction, bool) or not isinstance(
        fraction, (int, float, np.integer, np.floating)
    ):
        raise ValueError(f"a fraction is a number, not {type(fraction).__name__}")
    number = float(fraction)
    if math.isnan(number) or number < -_ROUNDING or number > 1.0 + _ROUNDING:
        raise ValueError(f"a fraction of the credit lies in [0, 1]; this one is {number!r}")
    return min(1.0, max(0.0, number))
