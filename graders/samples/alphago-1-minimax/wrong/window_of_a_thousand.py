# 1000 stands in for infinity.
# expect: alphabeta FAILED

# %% alphabeta-code
def alphabeta(game):
    def search(p, alpha, beta):
        moves = game.moves(p)
        if not moves:
            return game.payoff(p)
        best = -1000
        for move in moves:
            best = max(best, -search(game.play(p, move), -beta, -max(alpha, best)))
            if best >= beta:
                break
        return best

    return search(game.start, -1000, 1000)
