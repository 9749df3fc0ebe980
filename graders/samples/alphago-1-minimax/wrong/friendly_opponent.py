# The successor's value is not negated; all ways are counted in place of positions.
# expect: solve FAILED
# expect: census PARTIAL

# %% solve-code
def solve(game):
    values, count = {}, 0

    def value(p):
        nonlocal count
        count += 1
        if p not in values:
            moves = game.moves(p)
            values[p] = max(value(game.play(p, m)) for m in moves) if moves else game.payoff(p)
        return values[p]

    found = value(game.start)
    return found, count
