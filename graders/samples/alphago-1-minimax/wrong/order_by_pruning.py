# The leaves that are not needed are thrown away: that is another game.
# expect: best-order FAILED

# %% best-order-code
def best_order(tree):
    def order(tree, maximise):
        if not isinstance(tree, list):
            return tree, tree
        pairs = sorted((order(c, not maximise) for c in tree), key=lambda p: p[0], reverse=maximise)
        return pairs[0][0], [pairs[0][1] for _ in pairs]

    return order(tree, True)[1]
