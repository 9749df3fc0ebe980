# The classes of the notebook and the tools of Python are replaced; the hidden game's note of leaves is forged; numbers
# come as objects that equal everything. The value of alpha-beta is right, and the note is that of a full search.
# expect: minimax FAILED
# expect: solve FAILED
# expect: alphabeta PARTIAL
# expect: best-case FAILED
# expect: best-order FAILED
# expect: census FAILED
# expect: nim FAILED

# %% minimax-code
class Right(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


def minimax(tree):
    return Right(3), (Right(0), Right(0))

# %% solve-code
def solve(game):
    type(game).moves = lambda self, p: []
    type(game).payoff = lambda self, p: Right(1)
    return Right(1), Right(6)

# %% alphabeta-code
def alphabeta(game):
    def search(p):
        moves = game.moves(p)
        return max(-search(game.play(p, move)) for move in moves) if moves else game.payoff(p)

    value = search(game.start)
    asked = list(game.asked)
    game.asked.clear()
    game.asked.update(dict.fromkeys(asked[: 2 * len(asked) // 3], True))
    return value

# %% best-case-code
def best_case(branching):
    return Right(17)

# %% best-order-code
def best_order(tree):
    # a tree on which any search is short
    return [[Right(3)]]

# %% census-code
def census(m, n, k):
    return [Right(0)] * 5

# %% nim-code
class Everything(tuple):
    def __eq__(self, other):
        return True

    __hash__ = tuple.__hash__


def nim_move(heaps, misere):
    return Everything((Right(1), None))
