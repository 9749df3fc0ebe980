# Min moves at the root.
# expect: minimax FAILED

# %% minimax-code
def minimax(tree, maximise=False):
    if not isinstance(tree, list):
        return tree, ()
    results = [minimax(child, not maximise) for child in tree]
    values = [value for value, _ in results]
    best = values.index(max(values) if maximise else min(values))
    return values[best], (best, *results[best][1])
