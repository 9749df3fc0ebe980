# The known error: z p = p' in place of -p', so the mixed terms come with the other sign. Nothing that is built on
# this vanishes at q = p.
# expect: stein-kernel FAILED
# expect: population-ksd2 FAILED
# expect: hoeffding FAILED
# expect: ksd-replicates FAILED
# expect: power FAILED

# %% stein-kernel-code
def stein_kernel(X, Y, score, h):
    sx, sy = score(X), score(Y)
    gap = X[:, None] - Y
    square = np.sum(gap**2, axis=2)
    mixed = -np.sum((sx[:, None] - sy) * gap, axis=2) / h**2
    trace = X.shape[1] / h**2 - square / h**4
    return np.exp(-square / (2 * h**2)) * (sx @ sy.T + mixed + trace)

# %% population-ksd2-code
def population_ksd2(m, s, h):
    width = h**2 + 2 * s**2
    v = 2 * s**2 * h**2 / width
    inner = m**2 + s**2 / 2 - v / 4 + v / h**2 + 1 / h**2 - v / h**4
    return h / np.sqrt(width) * inner
