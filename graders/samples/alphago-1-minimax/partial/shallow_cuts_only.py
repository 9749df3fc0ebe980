# The successor gets only what its parent found: deep cutoffs are missed.
# expect: alphabeta PARTIAL

# %% alphabeta-code
def alphabeta(game):
    def search(p, alpha, beta):
        moves = game.moves(p)
        if not moves:
            return game.payoff(p)
        best = -math.inf
        for move in moves:
            best = max(best, -search(game.play(p, move), -math.inf, -best))
            if best >= beta:
                break
        return best

    return search(game.start, -math.inf, math.inf)
