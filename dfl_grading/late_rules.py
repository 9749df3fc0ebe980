"""What a course says about coming late, and what follows from it: pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["LateRules", "days_late", "late_penalty", "lowest", "spend_slip_days"]

_DAY = 86400.0


@dataclass(frozen=True, kw_only=True)
class LateRules:
    """The section `[late]` of `course.toml`.

    Whoever comes no later than `grace_minutes` is in time. Beyond that every day that has begun
    since the due date counts, less the slip days that a student has left of `slip_days` for the
    whole course. Each costs `percent_per_day` of the points earned and `points_per_day` besides,
    in all no more than `cap_percent` of the points earned and than `cap_points`. `drop_lowest`
    is how many problem sets do not count in a student's total.
    """

    grace_minutes: float = 0.0
    percent_per_day: float = 0.0
    points_per_day: float = 0.0
    cap_percent: float = 100.0
    cap_points: float = math.inf
    slip_days: int = 0
    drop_lowest: int = 0

    @property
    def costs(self) -> bool:
        """Whether coming late can cost anything."""
        return self.percent_per_day > 0 or self.points_per_day > 0


def days_late(rules: LateRules, seconds: float) -> int:
    """The days that count for a hand-in so many seconds after it was due; 0 in the grace time."""
    if seconds <= 60.0 * rules.grace_minutes:
        return 0
    return math.ceil(max(seconds, 0.0) / _DAY)


def late_penalty(rules: LateRules, days: int, score: float) -> float:
    """What so many days cost of a score, in points: never more than the score."""
    earned = max(0.0, score)
    cost = days * (rules.percent_per_day / 100.0 * earned + rules.points_per_day)
    return min(cost, rules.cap_percent / 100.0 * earned, rules.cap_points, earned)


def spend_slip_days(rules: LateRules, days: Sequence[int]) -> tuple[int, ...]:
    """How many slip days one student spends on each hand-in, given the days that each is late in
    the order in which they were due: first come, first served."""
    left = rules.slip_days
    spent = []
    for late in days:
        spent.append(min(late, left))
        left -= spent[-1]
    return tuple(spent)


def lowest(shares: Mapping[str, float], count: int) -> frozenset[str]:
    """The names of the `count` lowest shares, the earlier of equal ones; at least one is left."""
    order = sorted(shares, key=lambda name: shares[name])
    return frozenset(order[: max(0, min(count, len(order) - 1))])
