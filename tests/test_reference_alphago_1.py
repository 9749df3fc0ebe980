"""Each reference answer of E1 is found again by a second road, and the hidden cases bite."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cache, reduce
from operator import xor
from typing import Any

import numpy as np
import pytest
from shipped import answers, grader, run

NAME = "alphago-1-minimax"
BOARDS = [(1, 1, 1), (1, 4, 2), (2, 2, 2), (2, 3, 1), (2, 3, 3), (3, 2, 2), (2, 3, 9), (1, 7, 3)]

Tree = Any
Names = dict[str, Any]


@pytest.fixture(scope="module")
def names() -> Names:
    return answers(NAME)


@pytest.fixture(scope="module")
def hidden() -> Any:
    return grader(NAME)


def trees(count: int, *, seed: int = 3) -> Iterator[Tree]:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield random_ragged(rng, 4)


def random_ragged(rng: np.random.Generator, depth: int) -> Tree:
    if depth == 0 or rng.random() < 0.15:
        return int(rng.integers(-4, 5))
    return [random_ragged(rng, depth - 1) for _ in range(int(rng.integers(1, 4)))]


def node_at(tree: Tree, path: tuple[int, ...]) -> Any:
    return reduce(lambda node, move: node[move], path, tree)


def leaves_of(tree: Tree) -> list[int]:
    return [node_at(tree, path) for path in paths_of(tree)]


# The notebook


def test_the_whole_notebook_passes_its_own_tests() -> None:
    names, _ = run(NAME)
    assert names["best_case"]([3] * 4) == 17


def test_what_the_text_says_in_passing(names: Names) -> None:
    ways = [1]  # to play take-away with one, two or three of n stones
    for n in range(1, 31):
        ways.append(sum(ways[max(0, n - 3) : n]))
    assert ways[30] == 53798080
    assert math.log10(250) * 75 == pytest.approx(180, abs=0.5)
    values = {p: names["solve"](names["Nim"](p))[0] for p in itertools.product(range(2), range(3))}
    assert values == {(0, 0): -1, (0, 1): 1, (0, 2): 1, (1, 0): 1, (1, 1): -1, (1, 2): 1}
    for tree, count in (([[2, 9], [5, 3]], 4), ([[5, 3], [2, 9]], 3), ([[5, 3], [9, 2]], 4)):
        game = names["TreeGame"](tree)
        assert names["alphabeta"](game) == 3
        assert len(game.asked) == count


# 1: trees


def reachable(tree: Tree, bound: int, *, maximise: bool = True) -> bool:
    """Whether Max can force at least `bound`: there is, for all, there is, ..."""
    if not isinstance(tree, list):
        return bool(tree >= bound)
    each = (reachable(child, bound, maximise=not maximise) for child in tree)
    return any(each) if maximise else all(each)


def test_the_value_is_the_largest_number_that_max_can_force(names: Names) -> None:
    for tree in trees(60):
        value, line = names["minimax"](tree)
        assert value == max(leaf for leaf in leaves_of(tree) if reachable(tree, leaf))
        node, maximise = tree, True
        for move in line:
            # nobody can do better, and no earlier move is as good
            rest = [forced(child, maximise=not maximise) for child in node]
            assert rest[move] == value == (max(rest) if maximise else min(rest))
            assert value not in rest[:move]
            node, maximise = node[move], not maximise
        assert node == value


def forced(tree: Tree, *, maximise: bool) -> int:
    return max(leaf for leaf in leaves_of(tree) if reachable(tree, leaf, maximise=maximise))


# 2: games


def test_taking_stones_has_period_four(names: Names, hidden: Any) -> None:
    prelude: Names = {}
    exec(hidden.PRELUDE, prelude)
    for heap in range(40):
        normal = prelude["_Takeaway"](heap, [1, 2, 3], -1)
        assert names["solve"](normal) == (-1 if heap % 4 == 0 else 1, heap + 1)
        misere = prelude["_Takeaway"](heap, [1, 2, 3], 1)
        assert names["solve"](misere)[0] == (-1 if heap % 4 == 1 else 1)


def test_nim_has_as_many_positions_as_smaller_heaps(names: Names, hidden: Any) -> None:
    prelude: Names = {}
    exec(hidden.PRELUDE, prelude)
    for heaps in itertools.product(range(4), range(3), range(5)):
        value, positions = names["solve"](prelude["_Heaps"](heaps, -1))
        assert positions == math.prod(h + 1 for h in heaps)
        assert value == (1 if reduce(xor, heaps) else -1)


def test_a_graph_is_worth_what_its_tree_of_plays_is(names: Names, hidden: Any) -> None:
    prelude: Names = {}
    exec(hidden.PRELUDE, prelude)
    check = next(c for c in hidden.problem_set.of("solve") if "graph" in c.part)
    for case in check.cases(NAME):
        edges, payoffs = case.arguments["edges"], case.arguments["payoffs"]
        found = names["solve"](prelude["_Graph"](edges, payoffs))
        assert found[1] == len(reached(edges))
        # backwards over the numbers of the positions: no recursion, no table that fills on demand
        worth = list(payoffs)
        for p in reversed(range(len(edges))):
            if edges[p]:
                worth[p] = -min(worth[q] for q in edges[p])
        assert found[0] == worth[0]


def reached(edges: list[list[int]]) -> set[int]:
    matrix = np.eye(len(edges), dtype=bool)
    for p, after in enumerate(edges):
        matrix[p, after] = True
    for _ in range(6):  # squared six times: all paths of up to 64 edges
        matrix = matrix @ matrix
    return set(np.flatnonzero(matrix[0]).tolist())


# 3: alpha-beta


def must_look(tree: Tree, path: tuple[int, ...]) -> bool:
    """Whether left-to-right alpha-beta reaches a leaf, from values alone (Knuth and Moore).

    At each ancestor the mover has the best of its earlier moves; a cut occurs where the best of
    one player's ancestors meets the best of the other's.
    """
    low, high = -math.inf, math.inf
    node = tree
    for ply, move in enumerate(path):
        for child in node[:move]:
            value = forced(child, maximise=ply % 2 == 1)
            low, high = (max(low, value), high) if ply % 2 == 0 else (low, min(high, value))
        if low >= high:
            return False
        node = node[move]
    return True


def paths_of(tree: Tree, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    if not isinstance(tree, list):
        return [path]
    return [leaf for i, child in enumerate(tree) for leaf in paths_of(child, (*path, i))]


def test_alphabeta_looks_at_the_leaves_that_true_values_ask_for(names: Names) -> None:
    for tree in trees(60, seed=8):
        game = names["TreeGame"](tree)
        assert names["alphabeta"](game) == names["minimax"](tree)[0]
        assert list(game.asked) == [path for path in paths_of(tree) if must_look(tree, path)]


def test_the_grader_knows_the_same_leaves_and_its_trees_tell_slips(
    names: Names, hidden: Any
) -> None:
    check = hidden.problem_set.of("alphabeta")[0]
    drawn = [case.arguments["tree"] for case in check.cases(NAME) if not case.edge]
    assert len(drawn) == 5
    for tree in drawn:
        game = names["TreeGame"](tree)
        names["alphabeta"](game)
        assert list(game.asked) == hidden.leaves_seen(tree)
        assert len(game.asked) < len(paths_of(tree))
        for slip in ({"strict": True}, {"shallow": True}):
            assert set(hidden.leaves_seen(tree, **slip)) > set(game.asked)


# 4: the best case


def strategies(branching: list[int], *, mine: bool) -> set[tuple[int, ...]]:
    """The leaves of the strategy "always the first move" of one player against all replies."""
    moves = [range(1) if mine == (i % 2 == 0) else range(b) for i, b in enumerate(branching)]
    return set(itertools.product(*moves))


@pytest.mark.parametrize(
    "branching", [[], [4], [2, 2], [3, 3, 3, 3], [2, 5, 3], [1, 4, 1, 3], [4, 3, 2, 2, 3]]
)
def test_best_case_counts_two_strategies(names: Names, hidden: Any, branching: list[int]) -> None:
    both = strategies(branching, mine=True) | strategies(branching, mine=False)
    assert names["best_case"](branching) == len(both)
    rng = np.random.default_rng(4)
    for _ in range(5):
        tree = names["random_tree"](branching, rng)
        best = names["best_order"](tree)
        game = names["TreeGame"](best)
        assert names["alphabeta"](game) == names["minimax"](tree)[0]
        assert set(game.asked) == both
        assert hidden.shape(best) == hidden.shape(tree)


@pytest.mark.parametrize("b", range(1, 6))
def test_best_case_is_the_formula_of_knuth_and_moore(names: Names, b: int) -> None:
    for d in range(7):
        assert names["best_case"]([b] * d) == b ** -(-d // 2) + b ** (d // 2) - 1
    assert names["best_case"]([3] * 4) == 17


def test_no_order_of_a_small_tree_needs_fewer_leaves(names: Names) -> None:
    tree = [[[3, -1], [2, 5]], [[0, 4], [-2, 6]]]
    counts = set()
    for order in all_orders(tree):
        game = names["TreeGame"](order)
        names["alphabeta"](game)
        counts.add(len(game.asked))
    assert min(counts) == names["best_case"]([2, 2, 2]) == 5
    assert max(counts) > 5


def all_orders(tree: Tree) -> Iterator[Tree]:
    if not isinstance(tree, list):
        yield tree
        return
    for order in itertools.permutations(tree):
        yield from map(list, itertools.product(*(list(all_orders(child)) for child in order)))


def test_the_judge_of_orders_refuses_what_is_not_the_same_game(hidden: Any) -> None:
    case = {"tree": [[2, 9], [5, 3]]}
    assert hidden.fewest_leaves([[3, 5], [2, 9]], None, case).fraction == 1
    assert hidden.fewest_leaves(((5, 3), (2, 9)), None, case).fraction == 1
    for wrong in ([[2, 9], [5, 3]], [[5, 3], [2, 8]], [5, 3, 2, 9], [[5, 2], [3, 9]], 3, "x"):
        assert hidden.fewest_leaves(wrong, None, case).fraction == 0
    for strange in (None, [[]], [[3, 5], [2, 9.0]], [[True, 5], [2, 9]], {"a": 1}, np.eye(2)):
        assert hidden.fewest_leaves(strange, None, case).fraction == 0


# 5: boards


def by_playing(m: int, n: int, k: int) -> tuple[int, int, int, int, int]:
    """The census from playing all games, on arrays, with lines felt by sliding along them."""
    seen: dict[bytes, int] = {}
    ends: set[bytes] = set()
    games = 0

    def over(board: np.ndarray) -> bool:
        padded = np.zeros((m + 2 * k, n + 2 * k), dtype=int)
        padded[k : k + m, k : k + n] = board
        for step in ((0, 1), (1, 0), (1, 1), (-1, 1)):
            run = sum(np.roll(padded, (i * step[0], i * step[1]), (0, 1)) for i in range(k))
            if np.any(np.abs(run) == k):
                return True
        return False

    finished = cache(lambda key: over(np.frombuffer(key, dtype=np.int8).reshape(m, n).astype(int)))

    def play(board: np.ndarray, mark: int) -> int:
        nonlocal games
        key = board.tobytes()
        if finished(key) or board.all():
            ends.add(key)
            games += 1
            seen[key] = -mark if finished(key) else 0
            return seen[key]
        values = []
        for cell in np.argwhere(board == 0):
            after = board.copy()
            after[tuple(cell)] = mark
            values.append(play(after, -mark))
        seen[key] = max(values) if mark == 1 else min(values)
        return seen[key]

    value = play(np.zeros((m, n), dtype=np.int8), 1)
    return value, len(seen), len(ends), classes(seen, m, n), games


def classes(keys: Any, m: int, n: int) -> int:
    """Burnside: the mean number of positions that a symmetry leaves as they are."""
    boards = [np.frombuffer(key, dtype=np.int8).reshape(m, n) for key in keys]
    cells = np.arange(m * n).reshape(m, n)
    group = [np.rot90(view, turns) for view in (cells, cells[:, ::-1]) for turns in range(4)]
    group = [image for image in group if image.shape == (m, n)]
    flat = np.array([board.ravel() for board in boards])
    fixed = sum(int(np.sum(np.all(flat[:, g.ravel()] == flat, axis=1))) for g in group)
    assert fixed % len(group) == 0
    return fixed // len(group)


@pytest.mark.parametrize("board", BOARDS)
def test_census_agrees_with_playing_all_games(names: Names, board: tuple[int, int, int]) -> None:
    assert names["census"](*board) == by_playing(*board)


def test_census_gives_the_checked_figures_of_tic_tac_toe(names: Names) -> None:
    assert names["census"](3, 3, 3) == (0, 5478, 958, 765, 255168)


def test_every_board_without_lines_is_counted_by_binomials(names: Names) -> None:
    value, positions, terminal, _, games = names["census"](2, 4, 9)
    assert value == 0
    assert positions == sum(math.comb(8, t) * math.comb(t, t // 2) for t in range(9))
    assert terminal == math.comb(8, 4)
    assert games == math.factorial(8)


def test_a_board_and_its_transpose_are_one_game(names: Names) -> None:
    for m, n, k in ((2, 4, 2), (1, 6, 3), (2, 3, 2)):
        assert names["census"](m, n, k) == names["census"](n, m, k)


# 6: Nim


@pytest.mark.parametrize("misere", [False, True])
def test_nim_move_agrees_with_search(names: Names, misere: bool) -> None:
    @cache
    def wins(heaps: tuple[int, ...]) -> bool:
        if not any(heaps):
            return misere
        return any(not wins(after) for _, after in replies(heaps))

    for heaps in itertools.product(range(6), range(5), range(4)):
        value, move = names["nim_move"](list(heaps), misere)
        assert value == (1 if wins(heaps) else -1)
        good = [move for move, after in replies(heaps) if not wins(after)]
        assert move == (min(good) if good else None)
        assert len({i for i, _ in good}) == len(good), "left is unique"


def replies(heaps: tuple[int, ...]) -> list[tuple[tuple[int, int], tuple[int, ...]]]:
    return [
        ((i, left), (*heaps[:i], left, *heaps[i + 1 :]))
        for i, heap in enumerate(heaps)
        for left in range(heap)
    ]


def test_a_winning_move_in_large_heaps_leaves_a_lost_game(names: Names, hidden: Any) -> None:
    for check in hidden.problem_set.of("nim"):
        values = []
        for case in check.cases(NAME):
            heaps = case.arguments["heaps"]
            value, move = names["nim_move"](heaps, check.part != "normal")
            values.append(value)
            if move is not None:
                i, left = move
                assert 0 <= left < heaps[i]
                after = [*heaps[:i], left, *heaps[i + 1 :]]
                assert names["nim_move"](after, check.part != "normal")[0] == -1
        assert 4 <= values.count(1) <= len(values) - 4, "won and lost games are balanced"


# What is hidden


def test_no_constant_serves_and_no_hidden_case_stands_in_the_notebook(
    names: Names, hidden: Any
) -> None:
    boards = [tuple(c.arguments.values()) for c in hidden.problem_set.of("census")[0].cases(NAME)]
    assert not {(3, 3, 3), (1, 3, 2), (1, 1, 1)} & set(boards)
    assert len({names["census"](*board)[0] for board in boards}) == 2
    for check in hidden.problem_set.of("minimax"):
        found = {names["minimax"](case.arguments["tree"])[0] for case in check.cases(NAME)}
        assert len(found) >= 4


def test_a_hidden_game_refuses_to_pay_before_its_end(hidden: Any) -> None:
    prelude: Names = {}
    exec(hidden.PRELUDE, prelude)
    games = (
        prelude["_Tree"]([1, 2]),
        prelude["_Takeaway"](3, [1], -1),
        prelude["_Heaps"]([1], -1),
        prelude["_Graph"]([[1], []], [0, 3]),
    )
    for game in games:
        with pytest.raises(ValueError, match="not over"):
            game.payoff(game.start)
        end = game.play(game.start, game.moves(game.start)[0])
        while game.moves(end):
            end = game.play(end, game.moves(end)[0])
        assert isinstance(game.payoff(end), int)
