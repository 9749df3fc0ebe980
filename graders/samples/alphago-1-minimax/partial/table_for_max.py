# The table holds values as Max sees them, though a position comes up with either player to move.
# expect: solve PARTIAL

# %% solve-code
def solve(game):
    values = {}

    def value(p, sign):
        if p not in values:
            moves = game.moves(p)
            if not moves:
                values[p] = sign * game.payoff(p)
            else:
                values[p] = sign * max(sign * value(game.play(p, move), -sign) for move in moves)
        return values[p]

    return value(game.start, 1), len(values)
