# Max and Min apart, with the payoff read as Max's at each depth.
# expect: alphabeta FAILED

# %% alphabeta-code
def alphabeta(game):
    def search(p, low, high, max_moves):
        moves = game.moves(p)
        if not moves:
            return game.payoff(p)
        for move in moves:
            found = search(game.play(p, move), low, high, not max_moves)
            if max_moves:
                low = max(low, found)
            else:
                high = min(high, found)
            if low >= high:
                break
        return low if max_moves else high

    return search(game.start, -math.inf, math.inf, True)
