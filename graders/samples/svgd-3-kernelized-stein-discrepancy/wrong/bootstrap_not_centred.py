# The plain bootstrap: it imitates the scatter about U, not about zero. The test never rejects.
# expect: bootstrap FAILED
# expect: power FAILED

# %% bootstrap-code
def bootstrap(u, counts):
    weights = counts / len(u)
    off_diagonal = u - np.diag(np.diag(u))
    return np.sum((weights @ off_diagonal) * weights, axis=1)
