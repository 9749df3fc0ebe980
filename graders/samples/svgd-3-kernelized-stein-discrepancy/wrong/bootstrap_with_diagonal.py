# The diagonal is counted in the bootstrap and not in U: the bootstrap values are too large on the average.
# expect: bootstrap FAILED
# expect: power FAILED

# %% bootstrap-code
def bootstrap(u, counts):
    weights = (counts - 1) / len(u)
    return np.sum((weights @ u) * weights, axis=1)
