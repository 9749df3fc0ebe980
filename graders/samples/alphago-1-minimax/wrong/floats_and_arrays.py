# The right numbers as floats: exactness is lost in principle, and in practice for large ones.
# expect: minimax PARTIAL
# expect: best-case FAILED

# %% minimax-code
def minimax(tree):
    def search(tree, sign):
        if not isinstance(tree, list):
            return float(tree), ()
        results = [search(child, -sign) for child in tree]
        best = max(range(len(tree)), key=lambda i: sign * results[i][0])
        return results[best][0], (best, *results[best][1])

    return search(tree, 1)

# %% best-case-code
def best_case(branching):
    return np.prod(branching[0::2]) + np.prod(branching[1::2]) - 1
