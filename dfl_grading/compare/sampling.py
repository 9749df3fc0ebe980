"""A comparer of samples: whether random numbers come from the distribution that was asked for.

A right sampler fails any such test now and then. Each test here bounds how often: at most
`false_failure` for each case. The samples are drawn with fixed hidden seeds, so a verdict never
changes from run to run; the rate is over the choice of the seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from dfl_grading.compare.judgement import Judgement, Written, fail, full
from dfl_grading.compare.plain import NUMERIC, amiss, array_of, describe, kind_of_array
from dfl_grading.errors import GraderFileError

__all__ = ["distribution"]

Array = np.ndarray[Any, Any]
Given = Mapping[int, float] | Sequence[float] | Callable[..., Any] | None

_LEAST_EXPECTED: Final = 10.0
"""Categories with a smaller expected count are pooled: the chi-square law is asymptotic."""


@dataclass(frozen=True, kw_only=True, repr=False)
class distribution(Written):
    """Judge whether a sample was drawn from the distribution that was asked for.

    Write one of three tests; each is a value or a function of the case's arguments.
    - `cdf(sample, **case)`, a cumulative distribution function of arrays: the largest distance
      D between it and the sample's own must be at most sqrt(ln(2/p) / 2n). P(D is more) <= p
      for every distribution and every n (Dvoretzky-Kiefer-Wolfowitz inequality; Massart 1990),
      so this form of the Kolmogorov-Smirnov test keeps its rate.
    - `probabilities`, of the categories 0, 1, …, k-1: Pearson's chi-square, asymptotic, with
      categories pooled until each is expected at least 10 times.
    - `moments`, such as {1: 0.0, 2: 1.0}, raw moments E x^k: each sample moment must lie within
      z standard errors, with z from the normal law (asymptotic) and the rate shared by the
      moments. The standard error is exact where E x^2k is given too, else estimated.
    With none of them, the reference is a sample, and two Kolmogorov-Smirnov bounds are added.

    `false_failure` is the chance p that a right sampler fails one case; the default keeps a
    check of up to 50 cases below 1e-6. Invariance: the order of the sample does not count.
    Shape: 1-D of at least `least` finite numbers; other shapes are refused unless `flatten`.
    """

    cdf: Callable[..., Any] | None = None
    probabilities: Any = None
    moments: Any = None
    false_failure: float = 2e-8
    least: int = field(default=100)
    flatten: bool = False

    def __post_init__(self) -> None:
        written = [self.cdf is not None, self.probabilities is not None, self.moments is not None]
        if sum(written) > 1:
            raise GraderFileError("distribution() takes one of cdf=, probabilities=, moments=.")
        if not 0 < self.false_failure < 1:
            raise GraderFileError("distribution(false_failure=) is a probability in (0, 1).")
        if self.least < 2:
            raise GraderFileError("distribution(least=) asks for two numbers or more.")

    @property
    def needs_reference(self) -> bool:
        """Whether the reference is the other sample."""
        return self.cdf is None and self.probabilities is None and self.moments is None

    def __call__(
        self, value: Any, reference: Any = None, case: Mapping[str, Any] | None = None
    ) -> Judgement:
        """All the credit or none."""
        sample = self._sample(value)
        if isinstance(sample, str):
            return fail(sample)
        arguments = dict(case or {})
        if self.cdf is not None:
            return self._by_cdf(sample, arguments)
        if self.probabilities is not None:
            return self._by_chi_square(sample, _given(self.probabilities, arguments))
        if self.moments is not None:
            return self._by_moments(sample, _given(self.moments, arguments))
        other = self._sample(reference)
        if isinstance(other, str):
            return fail(f"the reference is no sample: {other}")
        return self._by_sample(sample, other)

    def _sample(self, value: Any) -> Array | str:
        expected = f"a 1-D array of at least {self.least} numbers"
        if amiss(value):
            return amiss(value, expected)
        array = array_of(value)
        if array is None or kind_of_array(array) not in NUMERIC or np.iscomplexobj(array):
            return f"returned {describe(value)}, expected {expected}"
        if array.ndim != 1 and not self.flatten:
            return f"wrong shape {array.shape}, expected {expected}"
        if array.size < self.least:
            return f"only {array.size} numbers, expected {expected}"
        with np.errstate(over="ignore"):
            sample = np.sort(array.astype(np.float64), axis=None)
        if not np.all(np.isfinite(sample)):
            odd = int(np.count_nonzero(~np.isfinite(sample)))
            return f"not finite: {odd} of {array.size} values"
        return sample

    def _by_cdf(self, sample: Array, case: dict[str, Any]) -> Judgement:
        assert self.cdf is not None
        expected = np.asarray(self.cdf(sample, **case), dtype=np.float64)
        if expected.shape != sample.shape or not np.all((expected >= 0) & (expected <= 1)):
            raise ValueError("cdf= must return a probability for each number of the sample")
        n = sample.size
        # Ties share one step of the sample's own distribution function.
        upper = np.searchsorted(sample, sample, side="right") / n
        lower = np.searchsorted(sample, sample, side="left") / n
        rises = np.diff(expected, prepend=expected[0]) >= -1e-12
        if not np.all(rises):
            raise ValueError("cdf= must not fall")
        before = np.asarray(self.cdf(np.nextafter(sample, -np.inf), **case), dtype=np.float64)
        distance = max(np.abs(upper - expected).max(), np.abs(lower - before).max())
        if distance <= _dkw(n, self.false_failure):
            return full()
        # Each number twice: just before its step and on it.
        return fail(_shift(np.ravel(np.column_stack([lower - before, upper - expected]))))

    def _by_sample(self, sample: Array, other: Array) -> Judgement:
        points = np.sort(np.concatenate([sample, other]))
        ours = np.searchsorted(sample, points, side="right") / sample.size
        theirs = np.searchsorted(other, points, side="right") / other.size
        half = self.false_failure / 2
        if np.abs(ours - theirs).max() <= _dkw(sample.size, half) + _dkw(other.size, half):
            return full()
        return fail(_shift(ours - theirs))

    def _by_chi_square(self, sample: Array, probabilities: Any) -> Judgement:
        p = np.asarray(probabilities, dtype=np.float64)
        if p.ndim != 1 or p.size < 2 or not np.all(p >= 0) or not abs(p.sum() - 1) <= 1e-9:
            raise ValueError("probabilities= must be non-negative and sum to one")
        if not np.all((sample == np.floor(sample)) & (sample >= 0) & (sample < p.size)):
            return fail("not all values are categories 0, 1, 2, …")
        counts = np.bincount(sample.astype(np.int64), minlength=p.size)
        if np.any(counts[p == 0]):
            return fail("a category was drawn that cannot occur")
        return self._chi_square(counts, p * sample.size)

    def _chi_square(self, counts: Array, expected: Array) -> Judgement:
        from scipy.stats import chi2

        order = np.argsort(expected)[::-1]
        counts, expected = counts[order].astype(float), expected[order]
        while expected.size > 2 and expected[-1] < _LEAST_EXPECTED:
            counts[-2], expected[-2] = counts[-2] + counts[-1], expected[-2] + expected[-1]
            counts, expected = counts[:-1], expected[:-1]
        if expected[-1] == 0:
            return full()
        statistic = float(((counts - expected) ** 2 / expected).sum())
        if statistic <= chi2.isf(self.false_failure, expected.size - 1):
            return full()
        return fail("the categories do not come as often as they should")

    def _by_moments(self, sample: Array, moments: Any) -> Judgement:
        from scipy.stats import norm

        known = {int(k): float(m) for k, m in dict(moments).items()}
        z = float(norm.isf(self.false_failure / (2 * len(known))))
        for k, expected in sorted(known.items()):
            with np.errstate(all="ignore"):
                powers = sample**k
                estimate = float(powers.var(ddof=1))
            if not math.isfinite(estimate):
                return fail("the sample has values far too large")
            variance = known[2 * k] - expected**2 if 2 * k in known else estimate
            # Where a power is constant the error is that of its rounding alone.
            rounding = 64 * np.finfo(float).eps * float(np.abs(powers).mean())
            allowed = z * math.sqrt(max(variance, 0.0) / sample.size) + rounding
            if not abs(float(powers.mean()) - expected) <= allowed:
                name = {1: "mean", 2: "second moment"}.get(k, f"moment of order {k}")
                low = float(powers.mean()) < expected
                return fail(f"the {name} of the sample is too {'small' if low else 'large'}")
        return full()


def _given(thing: Any, case: dict[str, Any]) -> Any:
    return thing(**case) if callable(thing) else thing


def _dkw(n: int, p: float) -> float:
    """The distance that a sample of n exceeds with probability p at most (Massart 1990)."""
    return math.sqrt(math.log(2 / p) / (2 * n))


def _shift(excess: Array) -> str:
    """How the sample differs, from its distribution function minus the right one."""
    high, low = float(excess.max(initial=0.0)), float(-excess.min(initial=0.0))
    if low < 0.2 * high:
        return "another distribution: the sample lies too far to the left"
    if high < 0.2 * low:
        return "another distribution: the sample lies too far to the right"
    first_high = int(np.argmax(excess)) < int(np.argmin(excess))
    return f"another distribution: the sample is too {'wide' if first_high else 'narrow'}"
