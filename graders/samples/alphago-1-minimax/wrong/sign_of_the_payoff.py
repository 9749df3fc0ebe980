# The payoff is taken as the last mover's, and starts that are over are not counted.
# expect: solve FAILED
# expect: census PARTIAL

# %% solve-code
def solve(game):
    values = {}

    def value(p):
        if p not in values:
            moves = game.moves(p)
            values[p] = max(-value(game.play(p, m)) for m in moves) if moves else -game.payoff(p)
        return values[p]

    found = value(game.start)
    return found, len(values) - 1
