# The successor gets (-alpha, -beta): the players do not change places.
# expect: alphabeta FAILED

# %% alphabeta-code
def alphabeta(game):
    def search(p, alpha, beta):
        moves = game.moves(p)
        if not moves:
            return game.payoff(p)
        best = -math.inf
        for move in moves:
            best = max(best, -search(game.play(p, move), -alpha, -beta))
            if best >= beta:
                break
        return best

    return search(game.start, -math.inf, math.inf)
