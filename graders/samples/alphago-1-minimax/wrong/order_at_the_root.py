# Only the moves of the root are put in order.
# expect: best-order FAILED

# %% best-order-code
def best_order(tree):
    if not isinstance(tree, list):
        return tree
    return sorted(tree, key=lambda child: minimax([child])[0], reverse=True)
