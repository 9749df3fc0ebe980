# The window is handed on as it came; what was found here is forgotten.
# expect: alphabeta PARTIAL

# %% alphabeta-code
def alphabeta(game):
    def search(p, alpha, beta):
        moves = game.moves(p)
        if not moves:
            return game.payoff(p)
        best = -math.inf
        for move in moves:
            best = max(best, -search(game.play(p, move), -beta, -alpha))
            if max(alpha, best) >= beta:
                break
        return best

    return search(game.start, -math.inf, math.inf)
