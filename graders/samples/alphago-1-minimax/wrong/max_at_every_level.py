# Both players take the maximum: the opponent is taken for a friend.
# expect: minimax FAILED

# %% minimax-code
def minimax(tree):
    if not isinstance(tree, list):
        return tree, ()
    results = [minimax(child) for child in tree]
    best = max(range(len(tree)), key=lambda i: results[i][0])
    return results[best][0], (best, *results[best][1])
