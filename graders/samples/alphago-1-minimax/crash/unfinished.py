# One cell does not parse, one raises in the middle, one calls what is not there.
# expect: minimax MISSING
# expect: alphabeta ERROR
# expect: best-case ERROR
# expect: census ERROR

# %% minimax-code
def minimax(tree)
    return tree, ()

# %% alphabeta-code
def alphabeta(game):
    # the payoff is asked of positions that are not terminal
    def search(p, alpha, beta):
        best = game.payoff(p)
        for move in game.moves(p):
            best = max(best, -search(game.play(p, move), -beta, -best))
        return best

    return search(game.start, -math.inf, math.inf)

# %% best-case-code
def best_case(branching):
    return branching[0] * best_case(branching[2:])

# %% census-code
def census(m, n, k):
    board = Board(m, n)
    return solve(board), len(board), 0, 0, 0
