"""A comparer of symbolic expressions, which arrive as text and are never evaluated by Python.

The text is read by a parser of our own: Python's grammar, of which only numbers, names, the
four operations, powers and listed functions are taken. Nothing is passed to `eval`, to
`sympify` or to any parser of sympy's.
"""

from __future__ import annotations

import ast
import random
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, ClassVar, Final

from dfl_grading.compare.closeness import refuse_tolerance
from dfl_grading.compare.judgement import Judgement, Written, fail, full
from dfl_grading.compare.plain import amiss, clean, container_of, describe, kind_of_scalar
from dfl_grading.errors import GraderFileError
from dfl_grading.values import Expression

__all__ = ["expression"]

_LONGEST: Final = 5000
_DEEPEST: Final = 300
_MOST_NODES: Final = 2000
_MOST_CALLS: Final = 200
_DIGITS: Final = 50
_EQUAL: Final = 1e-25
"""Values of 50 digits that agree to 25 are equal; this is no tolerance of the answer."""
_POINTS: Final = 40
_ENOUGH: Final = 8
_PLENTY: Final = 12
_LARGEST_ARGUMENT: Final = 1e8

_CONSTANTS: Final = frozenset({"pi", "E", "I"})
# fmt: off
_SAME_NAME: Final = (
    "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "sinh", "cosh",
    "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh", "exp", "log", "sqrt", "cbrt",
    "gamma", "loggamma", "digamma", "factorial", "binomial", "beta", "erf", "erfc",
    "erfi", "atan2", "re", "im", "sign", "floor",
)
# fmt: on
_FUNCTIONS: Final[Mapping[str, str]] = {
    # As it is written: as mpmath calls it.
    **{name: name for name in _SAME_NAME},
    "Abs": "fabs",
    "abs": "fabs",
    "ln": "log",
    "conjugate": "conj",
    "ceiling": "ceil",
    "LambertW": "lambertw",
    "Max": "max",
    "Min": "min",
}
_SYMBOLIC: Final = {"fabs": "Abs", "conj": "conjugate", "ceil": "ceiling", "lambertw": "LambertW",
                    "max": "Max", "min": "Min"}  # fmt: skip
_DEAR: Final = frozenset({"gamma", "factorial", "binomial", "loggamma", "beta", "digamma"})
"""Functions whose cost grows with their argument."""
_ARITY: Final = {"log": (1, 2), "beta": (2, 2), "binomial": (2, 2), "atan2": (2, 2),
                 "max": (1, 9), "min": (1, 9)}  # fmt: skip
_OPERATIONS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


class _Unreadable(Exception):
    """The text is no expression that is taken here; the message says why."""


class _Undefined(Exception):
    """The expression has no value at a point, or none that is worth its cost."""


@dataclass(frozen=True, kw_only=True, repr=False)
class expression(Written):
    """Judge a symbolic expression (of sympy, or text in Python's notation) by what it means.

    Invariance: every way to write the same function is judged alike. Both sides are evaluated
    to 50 digits at fixed hidden points and must agree to 25 there: analytic functions that
    differ, differ almost everywhere (Schwartz 1980; Zippel 1979). Where too few points can be
    evaluated, sympy's `simplify` is given `seconds` to decide; if it cannot, the check is at
    fault, not the student. Symbols are real, both signs; those in `positive` are positive and
    those in `integers` are positive integers, so sqrt(x**2) is x only under `positive=("x",)`.
    With `constant_ok` the two may differ by a constant, as antiderivatives do. `rtol` is for
    answers with rounded coefficients. `of` is the right expression as text; without it the
    reference is. Shape: one expression; lists of them (matrices) are judged item by item.
    Needs the optional package sympy; raises GraderFileError where it is not installed.
    """

    of: str | None = field(default=None, kw_only=False)
    positive: Sequence[str] = ()
    integers: Sequence[str] = ()
    constant_ok: bool = False
    rtol: float | None = None
    seconds: float = 2.0

    needs_reference: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.rtol is not None:
            refuse_tolerance("expression", rtol=self.rtol)
        if find_spec("sympy") is None:
            raise GraderFileError("expression() needs sympy; install it with dfl-grading[sympy].")
        if self.of is not None:
            try:
                _read(self.of)
            except _Unreadable as wrong:
                raise GraderFileError(f"expression({self.of!r}) {wrong}.") from None

    def __call__(self, value: Any, reference: Any = None) -> Judgement:
        """All the credit or none."""
        known: Any = Expression(self.of) if self.of is not None else reference
        if amiss(value):
            return fail(amiss(value, "an expression"))
        if container_of(known) in ("list", "tuple"):
            return self._items(value, known)
        text = _text(value)
        if text is None:
            return fail(f"returned {describe(value)}, expected an expression")
        expected = _text(known)
        if expected is None:
            raise GraderFileError(f"expression() got {describe(known)} as its reference.")
        try:
            wanted = _read(expected)
        except _Unreadable as wrong:
            raise GraderFileError(f"the reference expression {wrong}.") from None
        try:
            given = _read(text)
        except _Unreadable as wrong:
            return fail(f"the expression {wrong}")
        return self._judge(given, wanted)

    def _items(self, value: Any, known: Sequence[Any]) -> Judgement:
        if container_of(value) not in ("list", "tuple"):
            return fail(f"returned {describe(value)}, expected {describe(known)}")
        if len(value) != len(known):
            return fail(f"wrong length {len(value)}, expected {len(known)}")
        inner = expression(
            positive=self.positive,
            integers=self.integers,
            constant_ok=self.constant_ok,
            rtol=self.rtol,
            seconds=self.seconds,
        )
        for index, (item, of_reference) in enumerate(zip(value, known, strict=True)):
            judged = inner(item, of_reference)
            if not judged.passed:
                return fail(f"item {index}: {judged.message}")
        return full()

    def _judge(self, given: ast.expr, wanted: ast.expr) -> Judgement:
        names, extra = sorted(_symbols(wanted)), sorted(_symbols(given) - _symbols(wanted))
        pairs = self._at_points(given, wanted, names, extra)
        known = [(x, r) for x, r in pairs if r is not None]
        if any(x is None for x, _ in known):
            return fail("not defined everywhere where the answer is")
        if len(known) < min(_ENOUGH, len(pairs)):
            return self._prove(given, wanted)
        near = _near(max(self.rtol or 0.0, _EQUAL))
        if all(near(x, r, abs(r)) for x, r in known):
            return full()
        gap, size = known[0][0] - known[0][1], max(abs(r) for _, r in known)
        if len(known) > 1 and all(near(x - r, gap, size) for x, r in known):
            return full() if self.constant_ok else fail("off by an added constant")
        if extra:
            return fail(f"depends on {clean(', '.join(extra), 60)}, unlike the answer")
        if all(near(-x, r, abs(r)) for x, r in known):
            return fail("sign flipped")
        if len(known) > 1 and all(r != 0 for _, r in known):
            factor = known[0][0] / known[0][1]
            if factor != 0 and all(near(x, factor * r, abs(factor * r)) for x, r in known):
                return fail("off by a constant factor")
        return fail("not equal to the right expression")

    def _prove(self, given: ast.expr, wanted: ast.expr) -> Judgement:
        proved = _simplifies_to_zero(given, wanted, self.positive, self.integers, self.seconds)
        if proved is None:
            raise GraderFileError("expression() cannot tell whether two expressions are equal.")
        return full() if proved else fail("not equal to the right expression")

    def _at_points(
        self, given: ast.expr, wanted: ast.expr, names: Sequence[str], extra: Sequence[str]
    ) -> list[tuple[Any, Any]]:
        """Both values at each point; None in place of a value that is not defined."""
        from mpmath.ctx_mp import MPContext

        context = MPContext()
        context.dps = _DIGITS
        # Fixed, so that a verdict never changes; the points are in no way secret.
        rng = random.Random(0)
        constants = {name: context.mpf(rng.uniform(0.3, 2.7)) for name in extra}
        pairs: list[tuple[Any, Any]] = []
        usable = 0
        for _ in range(_POINTS if names else 1):
            point = {name: context.mpf(self._draw(name, rng)) for name in names}
            at = {**point, **constants}
            known = _value(context, wanted, at)
            pairs.append((_value(context, given, at) if known is not None else None, known))
            usable += known is not None
            if usable == _PLENTY or (known is not None and pairs[-1][0] is None):
                break
        return pairs

    def _draw(self, name: str, rng: random.Random) -> float:
        if name in self.integers:
            return rng.randint(1, 12)
        size = rng.uniform(0.3, 2.7)
        return size if name in self.positive or rng.random() < 0.5 else -size


def _near(allowed: float) -> Callable[[Any, Any, Any], bool]:
    def near(value: Any, reference: Any, size: Any) -> bool:
        # Where the answer is zero, 50 digits of a sum of ordinary size are.
        return bool(abs(value - reference) <= max(allowed * size, _EQUAL))

    return near


# Reading


def _text(value: Any) -> str | None:
    """An expression's text; numbers are expressions too, True is not."""
    if type(value) is Expression:
        return value.text
    kind = kind_of_scalar(value)
    if kind == "text":
        return str(value)
    if kind == "integer" and -(10**100) < value < 10**100:
        return str(int(value))
    if kind == "real":
        return repr(float(value))
    return None


def _read(text: str) -> ast.expr:
    """The tree of an expression in which everything is on the list; raises `_Unreadable`."""
    if len(text) > _LONGEST:
        raise _Unreadable("is too long to be read")
    if "^" in text:
        raise _Unreadable("cannot be read: write ** for a power")
    if re.search(r"[^\w\s+\-*/().,!]", text):
        raise _Unreadable("cannot be read: it has a character that no expression has")
    if re.search(r"(?<![\w.])\d[\d.]*(?![eE][-+]?\d)[^\W\d]", text) or ")(" in text:
        raise _Unreadable("cannot be read: write * for a product")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise _Unreadable("cannot be read") from None
    nodes = _check(tree, 0)
    calls = sum(isinstance(node, ast.Call) for node in ast.walk(tree))
    if nodes > _MOST_NODES or calls > _MOST_CALLS:
        raise _Unreadable("is too long to be read")
    return tree


def _check(node: ast.expr, depth: int) -> int:
    """Count the nodes of a tree, refusing all that is not on the list."""
    # A long sum is a deep tree: each of its terms is one floor lower.
    if depth > _DEEPEST:
        raise _Unreadable("is nested too deep to be read")
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        if isinstance(node.value, int) and node.value.bit_length() > 2000:
            raise _Unreadable("has a number too large to be read")
        return 1
    if isinstance(node, ast.Name):
        return 1
    if isinstance(node, ast.BinOp) and isinstance(node.op, (*_OPERATIONS, ast.Pow)):
        return 1 + _check(node.left, depth + 1) + _check(node.right, depth + 1)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
        return 1 + _check(node.operand, depth + 1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        name = node.func.id
        if name not in _FUNCTIONS:
            raise _Unreadable(f"has {clean(name, 40)}(), which is not a known function")
        low, high = _ARITY.get(_FUNCTIONS[name], (1, 1))
        if not low <= len(node.args) <= high:
            raise _Unreadable(f"gives {name}() a wrong number of arguments")
        return 1 + sum(_check(argument, depth + 1) for argument in node.args)
    raise _Unreadable("cannot be read: it is no expression of numbers, symbols and functions")


def _symbols(tree: ast.expr) -> set[str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in _CONSTANTS
    }


# Evaluating


def _value(context: Any, tree: ast.expr, point: Mapping[str, Any]) -> Any:
    """The value at a point, a number of the context's; None where there is none."""
    try:
        value = _evaluate(context, tree, point)
    except Exception:
        # mpmath raises what it likes where a function has no value, AttributeError too.
        return None
    return value if context.isfinite(value) else None


def _evaluate(context: Any, node: ast.expr, point: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return context.mpf(repr(node.value))
    if isinstance(node, ast.Name):
        known = {"pi": context.pi, "E": context.e, "I": context.j}
        return point[node.id] if node.id in point else +known[node.id]
    if isinstance(node, ast.UnaryOp):
        value = _evaluate(context, node.operand, point)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        left = _evaluate(context, node.left, point)
        right = _evaluate(context, node.right, point)
        if isinstance(node.op, ast.Pow):
            return _power(context, left, right)
        return _OPERATIONS[type(node.op)](left, right)
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    arguments = [_evaluate(context, argument, point) for argument in node.args]
    if any(abs(argument) > _LARGEST_ARGUMENT for argument in arguments):
        raise _Undefined
    return _apply(context, _FUNCTIONS[node.func.id], arguments)


def _power(context: Any, base: Any, exponent: Any) -> Any:
    # A tower of powers has more digits than there is time.
    if abs(exponent) > 1e4 or abs(base) > 10.0**300:
        raise _Undefined
    return context.power(base, exponent)


def _apply(context: Any, name: str, arguments: Sequence[Any]) -> Any:
    if name in ("max", "min"):
        if any(context.im(argument) != 0 for argument in arguments):
            raise _Undefined
        return (max if name == "max" else min)(context.re(argument) for argument in arguments)
    if name in _DEAR and any(abs(argument) > 1000 for argument in arguments):
        raise _Undefined
    return getattr(context, name)(*arguments)


# Proving, where too few points can be evaluated


def _simplifies_to_zero(
    given: ast.expr,
    wanted: ast.expr,
    positive: Sequence[str],
    integers: Sequence[str],
    seconds: float,
) -> bool | None:
    """Whether sympy brings the difference to zero; None where it finds no end in time."""
    import sympy

    names = {
        name: sympy.Symbol(
            name,
            real=True,
            positive=True if name in positive or name in integers else None,
            integer=True if name in integers else None,
        )
        for name in _symbols(given) | _symbols(wanted)
    }
    try:
        with _deadline(seconds):
            gap = _symbolic(sympy, given, names) - _symbolic(sympy, wanted, names)
            zero = sympy.simplify(gap).is_zero
    except Exception:
        # Out of time, or sympy found something that it cannot do.
        return None
    return None if zero is None else bool(zero)


def _symbolic(sympy: Any, node: ast.expr, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return sympy.Rational(repr(node.value))
    if isinstance(node, ast.Name):
        return names[node.id] if node.id in names else getattr(sympy, node.id)
    if isinstance(node, ast.UnaryOp):
        value = _symbolic(sympy, node.operand, names)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        left, right = (_symbolic(sympy, side, names) for side in (node.left, node.right))
        if isinstance(node.op, ast.Pow):
            return sympy.Pow(left, right, evaluate=not (left.is_number and right.is_number))
        return _OPERATIONS[type(node.op)](left, right)
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    name = _FUNCTIONS[node.func.id]
    arguments = [_symbolic(sympy, argument, names) for argument in node.args]
    return getattr(sympy, _SYMBOLIC.get(name, name))(*arguments)


class _OutOfTime(Exception):
    pass


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise `_OutOfTime` in the block after some seconds; at once outside the main thread.

    Only the main thread can be interrupted, and a proof without an end must be.
    """
    if threading.current_thread() is not threading.main_thread():
        raise _OutOfTime

    def stop(*_: Any) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    left, every = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, every)
        signal.signal(signal.SIGALRM, before)
