"""A comparer of an array's form alone, to stand before a function of the instructor's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal

import numpy as np

from dfl_grading.compare.judgement import Judgement, Written, fail, full
from dfl_grading.compare.plain import amiss, array_of, container_of, describe, kind_of_array
from dfl_grading.errors import GraderFileError

__all__ = ["shaped"]

Array = np.ndarray[Any, Any]
Shape = Sequence[int | None]

_SERVES: Final[Mapping[str, frozenset[str]]] = {
    "real": frozenset({"real", "integer"}),
    "integer": frozenset({"integer"}),
    "complex": frozenset({"complex", "real", "integer"}),
    "bool": frozenset({"bool"}),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class shaped(Written):
    """Judge whether a value is an array of a shape, of numbers of a kind, and finite.

    `shape` is a tuple in which None stands for any length, () for a single number, or a
    function of those of the case's arguments that it names. `kind` is "real" (whole numbers serve),
    "integer", "complex" (all numbers serve) or "bool". Put it before a function of your own,
    `all_of(shaped((None, 2)), mine)`: then `mine` is called with such arrays only.
    Invariance: all values of the form are judged alike. Shape: as written; lists do not serve.
    """

    shape: Shape | Callable[..., Shape] = field(kw_only=False)
    kind: Literal["real", "integer", "complex", "bool"] = "real"
    finite: bool = True

    needs_reference: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.kind not in _SERVES:
            raise GraderFileError(f"shaped(kind={self.kind!r}): write one of {list(_SERVES)}.")

    def __call__(
        self, value: Any, reference: Any = None, case: Mapping[str, Any] | None = None
    ) -> Judgement:
        """All the credit or none."""
        shape = tuple(_named(self.shape, case or {}) if callable(self.shape) else self.shape)
        wanted = f"an array of shape {_spell(shape)}" if shape else "a single number"
        if amiss(value):
            return fail(amiss(value, wanted))
        array = array_of(value) if container_of(value) in ("scalar", "array") else None
        if array is None:
            return fail(f"returned {describe(value)}, expected {wanted}")
        kind = kind_of_array(array) if array.dtype != object else "integer"
        if not _fits(array.shape, shape):
            return fail(f"wrong shape {array.shape}, expected {_spell(shape)}")
        if kind not in _SERVES[self.kind]:
            return fail(f"wrong dtype {array.dtype}, expected {self.kind} values")
        if self.finite and kind in ("real", "complex") and not np.all(np.isfinite(array)):
            return fail("not finite")
        return full()


def _named(function: Callable[..., Shape], case: Mapping[str, Any]) -> Shape:
    """Call a function with the arguments that it names, or with all where it takes `**`."""
    parameters = inspect.signature(function).parameters.values()
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return function(**case)
    return function(**{one.name: case[one.name] for one in parameters if one.name in case})


def _fits(given: Sequence[int], wanted: Shape) -> bool:
    return len(given) == len(wanted) and all(
        n is None or m == n for m, n in zip(given, wanted, strict=True)
    )


def _spell(shape: Shape) -> str:
    if not shape:
        return "a single number"
    lengths = ", ".join("any" if n is None else str(n) for n in shape)
    return f"({lengths},)" if len(shape) == 1 else f"({lengths})"
