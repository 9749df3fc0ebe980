# Plain negamax: the value is right, and all leaves are looked at.
# expect: alphabeta PARTIAL

# %% alphabeta-code
def alphabeta(game):
    def search(p):
        moves = game.moves(p)
        return max(-search(game.play(p, move)) for move in moves) if moves else game.payoff(p)

    return search(game.start)
