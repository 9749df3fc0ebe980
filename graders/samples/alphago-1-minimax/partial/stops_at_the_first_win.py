# A search that stops at a winning move finds the value and misses positions.
# expect: solve PARTIAL
# expect: census PARTIAL

# %% solve-code
def solve(game):
    values = {}

    def value(p):
        if p not in values:
            moves = game.moves(p)
            best = None if moves else game.payoff(p)
            for move in moves:
                found = -value(game.play(p, move))
                best = found if best is None else max(best, found)
                if best == 1:
                    break
            values[p] = best
        return values[p]

    return value(game.start), len(values)
