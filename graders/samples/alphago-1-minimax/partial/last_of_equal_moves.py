# Of several best moves the last one is played.
# expect: minimax PARTIAL

# %% minimax-code
def minimax(tree, sign=1):
    if not isinstance(tree, list):
        return tree, ()
    value, line = None, ()
    for i, child in enumerate(tree):
        found, rest = minimax(child, -sign)
        if value is None or sign * found >= sign * value:
            value, line = found, (i, *rest)
    return value, line
