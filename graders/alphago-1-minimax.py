"""E1 Minimax: what is observed of each answer, and what it is judged against.

Hidden ranges: trees of depth 0 to 6 with 1 to 5 children, leaves from -9 to 9 or from -10^15 to
10^15; take-away games of 50 to 80 stones, Nim of up to four heaps, games on graphs of 30
positions; branching 1 to 5 and depth up to 60 for the formula; boards of up to 10 cells; heaps of
up to 10^12 stones. All answers are whole numbers, so all comparisons are exact.

Games are handed to the student's function as objects of the prelude. The game of problem 3 notes
which leaves were asked for, and the list itself is judged, not its length: whoever tampers with
the note must still know the right list. Draws are repeated until each mistake that is named in
them would show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, prod
from typing import Any

import numpy as np

from dfl_grading import Judgement, Part, ProblemSet, exact

PRELUDE = '''
class _Tree:
    """A tree with leaves as Max sees them; positions are paths; notes the leaves asked for."""

    def __init__(self, tree):
        self._tree, self.start, self.asked = tree, (), {}

    def _at(self, p):
        found = self._tree
        for move in p:
            found = found[move]
        return found

    def moves(self, p):
        found = self._at(p)
        return list(range(len(found))) if isinstance(found, list) else []

    def play(self, p, move):
        return (*p, move)

    def payoff(self, p):
        leaf = self._at(p)
        if isinstance(leaf, list):
            raise ValueError("the game is not over")
        self.asked[p] = True
        return leaf if len(p) % 2 == 0 else -leaf


class _Takeaway:
    """One heap, from which only certain numbers may be taken; who cannot move loses or wins."""

    def __init__(self, heap, takes, last):
        self.start, self._takes, self._last = heap, takes, last

    def moves(self, p):
        return [take for take in self._takes if take <= p]

    def play(self, p, move):
        return p - move

    def payoff(self, p):
        if self.moves(p):
            raise ValueError("the game is not over")
        return self._last


class _Heaps:
    """Nim; the last mover wins or loses."""

    def __init__(self, heaps, last):
        self.start, self._last = tuple(heaps), last

    def moves(self, p):
        return [(i, left) for i, heap in enumerate(p) for left in range(heap)]

    def play(self, p, move):
        return (*p[: move[0]], move[1], *p[move[0] + 1 :])

    def payoff(self, p):
        if any(p):
            raise ValueError("the game is not over")
        return self._last


class _Graph:
    """A stone on a graph without cycles, moved along an edge by either player in turn."""

    def __init__(self, edges, payoffs):
        self.start, self._edges, self._payoffs = 0, edges, payoffs

    def moves(self, p):
        return list(range(len(self._edges[p])))

    def play(self, p, move):
        return self._edges[p][move]

    def payoff(self, p):
        if self._edges[p]:
            raise ValueError("the game is not over")
        return self._payoffs[p]
'''

problem_set = ProblemSet("alphago-1-minimax", preload=["numpy"], prelude=PRELUDE)

Tree = Any
"""A whole number, or a list of trees."""


def item(index: int, count: int) -> Callable[[Any, Any], Judgement]:
    """A comparer for one whole number (or line, or move) of a returned tuple."""

    def judge(value: Any, reference: Any) -> Judgement:
        if value is None:
            return Judgement(0, "returned None: is a return missing?")
        if type(value) not in (tuple, list) or len(value) != count:
            return Judgement(0, f"expected a tuple of {count} items")
        return exact()(value[index], reference[index])

    return judge


# 1. Trees ---------------------------------------------------------------------------------------


def ragged_tree(rng: np.random.Generator, depth: int, size: int) -> Tree:
    """A tree with 1 to 5 children and leaves from -size to size at different depths."""
    if depth == 0 or rng.random() < 0.1:
        return int(rng.integers(-size, size + 1))
    return [ragged_tree(rng, depth - 1, size) for _ in range(int(rng.integers(1, 6)))]


def best_play(tree: Tree, sign: int = 1, *, last: bool = False) -> tuple[int, tuple[int, ...]]:
    """Value and line of best play; of equal moves the first, or the last."""
    if not isinstance(tree, list):
        return tree, ()
    results = [best_play(child, -sign, last=last) for child in tree]
    order = range(len(tree))[:: -1 if last else 1]
    move = max(order, key=lambda i: sign * results[i][0])
    return results[move][0], (move, *results[move][1])


def largest(tree: Tree) -> int:
    return max(map(largest, tree)) if isinstance(tree, list) else tree


def draw_tree(rng: np.random.Generator) -> dict[str, Any]:
    """A tree of depth 3 or more in which the rule for ties and both players matter."""
    while True:
        tree = ragged_tree(rng, int(rng.integers(3, 6)), 4)
        (value, line), (_, other) = best_play(tree), best_play(tree, last=True)
        one_player = largest(tree), best_play(tree, -1)[0]
        if len(line) >= 3 and line != other and value not in one_player:
            return {"tree": tree}


problem_set.check(
    "minimax",
    observe="minimax(tree)",
    draw=draw_tree,
    draws=5,
    edges=[
        {"tree": -3},
        {"tree": [[[[-8]]]]},
        {"tree": [[-5, -5], [-5, [-5, -9]], -6]},
        {"tree": [[0, 10**15], [[-(10**15), 1], 2]]},
    ],
    seconds=3,
    parts={
        "value": Part(by=item(0, 2), all_or_nothing=True),
        "line": Part(by=item(1, 2), all_or_nothing=True),
    },
)


# 2. Games ---------------------------------------------------------------------------------------


def draw_takeaway(rng: np.random.Generator) -> dict[str, Any]:
    takes = sorted(int(take) for take in rng.choice(np.arange(1, 6), 3, replace=False))
    return {
        "heap": int(rng.integers(50, 81)),
        "takes": takes,
        "last": int(rng.choice([-1, 1])),
    }


def draw_heaps(rng: np.random.Generator) -> dict[str, Any]:
    heaps = [int(heap) for heap in rng.integers(1, 5, int(rng.integers(3, 5)))]
    return {"heaps": heaps, "last": int(rng.choice([-1, 1]))}


def graph_value(edges: Sequence[Sequence[int]], payoffs: Sequence[int], *, for_max: bool) -> int:
    """F of position 0, by a table for the player to move, or (wrongly) for Max."""
    table: dict[int, int] = {}

    def value(p: int, sign: int) -> int:
        if p not in table:
            view = sign if for_max else 1
            replies = [-value(after, -sign) for after in edges[p]]
            table[p] = view * (max(replies) if replies else payoffs[p])
        return (sign if for_max else 1) * table[p]

    return value(0, 1)


def draw_graph(rng: np.random.Generator) -> dict[str, Any]:
    """A graph in which positions occur with either player to move, and the value shows it."""
    while True:
        edges = []
        for p in range(30):
            after = np.arange(p + 1, min(p + 7, 30))
            count = 0 if rng.random() < 0.1 and p > 3 else min(len(after), int(rng.integers(2, 5)))
            edges.append(sorted(int(q) for q in rng.choice(after, count, replace=False)))
        payoffs = [int(payoff) for payoff in rng.integers(-9, 10, 30)]
        right, wrong = (graph_value(edges, payoffs, for_max=view) for view in (False, True))
        if right not in (wrong, -wrong):
            return {"edges": edges, "payoffs": payoffs}


def check_game(
    name: str,
    observe: str,
    draw: Callable[[np.random.Generator], Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
) -> None:
    problem_set.check(
        "solve",
        observe=observe,
        draw=draw,
        draws=4,
        edges=edges,
        seconds=3,
        parts={
            f"{name}, value": Part(by=item(0, 2), weight=2, all_or_nothing=True),
            f"{name}, positions": Part(by=item(1, 2), all_or_nothing=True),
        },
    )


# Lost and won games in equal numbers, so that no constant serves.
check_game(
    "taking stones",
    "solve(_Takeaway(heap, takes, last))",
    draw_takeaway,
    [
        {"heap": 60, "takes": [1, 2, 3], "last": -1},
        {"heap": 60, "takes": [1, 2, 3], "last": 1},
        {"heap": 1, "takes": [2, 5], "last": 1},
    ],
)
check_game(
    "Nim",
    "solve(_Heaps(heaps, last))",
    draw_heaps,
    [
        {"heaps": [1, 2, 3], "last": -1},
        {"heaps": [1, 1, 1], "last": 1},
        {"heaps": [0, 4], "last": 1},
        {"heaps": [], "last": -1},
    ],
)
check_game(
    "a graph with payoffs",
    "solve(_Graph(edges, payoffs))",
    draw_graph,
    [
        {"edges": [[]], "payoffs": [5]},
        {"edges": [[1, 2], [2], []], "payoffs": [0, 0, -7]},
    ],
)


# 3. Alpha-beta ----------------------------------------------------------------------------------

Leaf = tuple[int, ...]


def leaves_seen(tree: Tree, *, strict: bool = False, shallow: bool = False) -> list[Leaf]:
    """The leaves that alpha-beta looks at; with > for >=, or without deep cutoffs."""
    seen: list[Leaf] = []

    def search(node: Tree, path: Leaf, alpha: float, beta: float) -> float:
        if not isinstance(node, list):
            seen.append(path)
            return node if len(path) % 2 == 0 else -node
        best = -inf
        for i, child in enumerate(node):
            own = best if shallow else max(alpha, best)
            best = max(best, -search(child, (*path, i), -inf if shallow else -beta, -own))
            if best > beta or (best == beta and not strict):
                break
        return best

    search(tree, (), -inf, inf)
    return seen


def draw_prunable(rng: np.random.Generator) -> dict[str, Any]:
    """A tree of depth 4 to 6 where each of the two classical slips looks at more leaves."""
    while True:
        depth = int(rng.integers(4, 7))
        tree = ragged_tree(rng, depth, 9)
        seen = leaves_seen(tree)
        slips = leaves_seen(tree, strict=True), leaves_seen(tree, shallow=True)
        if 12 <= len(seen) <= 150 and seen not in slips:
            return {"tree": tree}


def value_of_search(value: Any, reference: Any) -> Judgement:
    if value[0] is None:
        return Judgement(0, "returned None: is a return missing?")
    return exact()(value[0], reference[0])


def leaves_of_search(value: Any, reference: Any) -> Judgement:
    """The list of leaves, in order; the message tells too many from too few."""
    found, wanted = value[1], reference[1]
    if found == wanted:
        return Judgement(1)
    if type(found) is not list or not all(type(leaf) is tuple for leaf in found):
        return Judgement(0, "the note of leaves was tampered with")
    if set(found) == set(wanted):
        return Judgement(0, "the right leaves in another order: try the moves as they come")
    if set(found) > set(wanted):
        return Judgement(0, "a cut is missed: more leaves are looked at than the rules allow")
    if set(found) < set(wanted):
        return Judgement(0, "too much is cut: leaves are left out that the rules look at")
    return Judgement(0, "other leaves are looked at than the rules say")


def two_of(by: Callable[[Any, Any], Judgement]) -> Callable[[Any, Any], Judgement]:
    """What observe makes is a pair, unless the process was tampered with."""

    def judge(value: Any, reference: Any) -> Judgement:
        if type(value) is not tuple or len(value) != 2:
            return Judgement(0, "the note of leaves was tampered with")
        return by(value, reference)

    return judge


HUGE = [[10**15, -(10**15)], [[-(10**15) + 1, 3], [10**14, 10**15 + 1]], -(10**15) - 1]

problem_set.check(
    "alphabeta",
    observe="_game = _Tree(tree)\n_value = alphabeta(_game)\n(_value, list(_game.asked))",
    draw=draw_prunable,
    draws=5,
    edges=[
        {"tree": 8},
        {"tree": [[[6], [7]], [[[[-2, 1]]], 4]]},
        {"tree": [[4, 1], [1, 9], [0, 8]]},
        {"tree": HUGE},
        {"tree": [[-(10**12), -(10**12) + 5], [-(10**12) + 1, -(10**12) + 7]]},
    ],
    seconds=3,
    parts={
        "value": Part(by=two_of(value_of_search), all_or_nothing=True),
        "leaves": Part(by=two_of(leaves_of_search), weight=3, all_or_nothing=True),
    },
)


# 4. The best case -------------------------------------------------------------------------------


def draw_branching(rng: np.random.Generator) -> dict[str, Any]:
    return {"branching": [int(b) for b in rng.integers(2, 6, int(rng.integers(3, 10)))]}


problem_set.check(
    "best-case",
    observe="best_case(branching)",
    draw=draw_branching,
    draws=4,
    edges=[
        {"branching": [4]},
        {"branching": [1, 5]},
        {"branching": [5] * 59},
        {"branching": [3, 1, 4, 1, 5, 1]},
    ],
    by=exact(),
    reference=lambda branching: prod(branching[::2]) + prod(branching[1::2]) - 1,
    seconds=3,
    all_or_nothing=True,
)


def uniform_tree(branching: Sequence[int], rng: np.random.Generator, size: int) -> Tree:
    if not branching:
        return int(rng.integers(-size, size + 1))
    return [uniform_tree(branching[1:], rng, size) for _ in range(branching[0])]


def draw_uniform(rng: np.random.Generator) -> dict[str, Any]:
    """Depth 3 to 6; the last ply is never a single move, or the order there could not matter."""
    branching = [int(b) for b in rng.integers(2, 4, int(rng.integers(3, 7)))]
    return {"tree": uniform_tree(branching, rng, int(rng.choice([3, 99])))}


def shape(tree: Tree) -> Any:
    """A tree up to the order of children; None where something is neither list nor whole number."""
    if type(tree) in (list, tuple):
        below = [shape(child) for child in tree]
        return None if None in below else (1, tuple(sorted(below)))
    return (0, int(tree)) if type(tree) is int or isinstance(tree, np.integer) else None


def as_lists(tree: Tree) -> Tree:
    return [as_lists(child) for child in tree] if type(tree) in (list, tuple) else int(tree)


def fewest_leaves(value: Any, _reference: None, case: Mapping[str, Any]) -> Judgement:
    """The same tree up to order, on which alpha-beta looks at the least possible number."""
    if value is None:
        return Judgement(0, "returned None: is a return missing?")
    if shape(value) is None:
        return Judgement(0, "expected a tree of lists and whole numbers")
    if shape(value) != shape(case["tree"]):
        return Judgement(0, "another game: each node must keep its subtrees, in some order")
    branching, below = [], case["tree"]
    while isinstance(below, list):
        branching.append(len(below))
        below = below[0]
    least = prod(branching[::2]) + prod(branching[1::2]) - 1
    if len(leaves_seen(as_lists(value))) == least:
        return Judgement(1)
    return Judgement(0, "alpha-beta looks at more leaves than it must")


problem_set.check(
    "best-order",
    observe="best_order(tree)",
    draw=draw_uniform,
    draws=5,
    edges=[
        {"tree": 4},
        {"tree": [[[5, 1, 7]], [[2, 9, 3]]]},
        {"tree": [[[1, 8], [6, 2]], [[7, 3], [4, 9]], [[0, 5], [9, 6]]]},
    ],
    by=fewest_leaves,
    reference=None,
    seconds=3,
    all_or_nothing=True,
)


# 5. Boards --------------------------------------------------------------------------------------


def draw_board(rng: np.random.Generator) -> dict[str, int]:
    """A board of 5 to 8 cells that is no square, with lines of two or three."""
    while True:
        m, n, k = (
            int(rng.integers(1, 5)),
            int(rng.integers(1, 8)),
            int(rng.integers(2, 4)),
        )
        if 5 <= m * n <= 8 and m != n and k <= max(m, n):
            return {"m": m, "n": n, "k": k}


problem_set.check(
    "census",
    observe="census(m, n, k)",
    draw=draw_board,
    draws=4,
    edges=[
        {"m": 3, "n": 3, "k": 2},
        {"m": 2, "n": 3, "k": 1},
        {"m": 2, "n": 4, "k": 6},
        {"m": 4, "n": 2, "k": 2},
        {"m": 5, "n": 2, "k": 3},
    ],
    seconds=5,
    parts={
        "value": Part(by=item(0, 5), weight=2, all_or_nothing=True),
        "positions": Part(by=item(1, 5), all_or_nothing=True),
        "terminal": Part(by=item(2, 5), all_or_nothing=True),
        "classes": Part(by=item(3, 5), weight=2, all_or_nothing=True),
        "games": Part(by=item(4, 5), weight=2, all_or_nothing=True),
    },
)


# 6. Nim -----------------------------------------------------------------------------------------


def draw_many_stones(rng: np.random.Generator) -> dict[str, list[int]]:
    """Won positions with several winning moves as a rule; every other one is lost."""
    heaps = [int(heap) for heap in rng.integers(10**6, 10**12, int(rng.integers(3, 7)))]
    if rng.random() < 0.5:
        heaps[-1] = 0
        for heap in heaps[:-1]:
            heaps[-1] ^= heap
    return {"heaps": heaps}


SMALL = [
    [],
    [0, 0],
    [1],
    [1, 1],
    [1, 1, 0, 1],
    [0, 1, 5],
    [1, 2],
    [2, 2],
    [1, 1, 9],
    [5, 6, 3],
]
LARGE = [[10**12, 10**12], [3, 10**12, 10**12 + 1, 7], [10**12, 10**11, 10**12]]

for name, misere in (("normal", False), ("misère", True)):
    problem_set.check(
        "nim",
        part=name,
        observe=f"nim_move(heaps, {misere})",
        draw=draw_many_stones,
        draws=6,
        edges=[{"heaps": heaps} for heaps in SMALL + LARGE],
        by=exact(),
        seconds=3,
        all_or_nothing=True,
    )
