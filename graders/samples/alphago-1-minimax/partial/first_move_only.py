# The line ends after the first move.
# expect: minimax PARTIAL

# %% minimax-code
def minimax(tree):
    def value(tree, sign):
        return tree if isinstance(tree, int) else sign * max(sign * value(c, -sign) for c in tree)

    if isinstance(tree, int):
        return tree, ()
    values = [value(child, -1) for child in tree]
    return max(values), (values.index(max(values)),)
