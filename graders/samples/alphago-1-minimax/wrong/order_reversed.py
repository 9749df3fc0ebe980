# The worst move first.
# expect: best-order FAILED

# %% best-order-code
def best_order(tree):
    def order(tree, maximise):
        if not isinstance(tree, list):
            return tree, tree
        pairs = [order(child, not maximise) for child in tree]
        pairs.sort(key=lambda pair: pair[0], reverse=not maximise)
        return pairs[-1][0], [child for _, child in pairs]

    return order(tree, True)[1]
