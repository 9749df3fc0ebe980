# No table: each way to play is searched. The small games end, the taking of stones does not. The census is still to be written.
# expect: solve PARTIAL
# expect: census ERROR

# %% solve-code
def solve(game):
    seen = set()

    def value(p):
        seen.add(p)
        moves = game.moves(p)
        return max(-value(game.play(p, move)) for move in moves) if moves else game.payoff(p)

    return value(game.start), len(seen)

# %% census-code
def census(m, n, k):
    raise NotImplementedError
