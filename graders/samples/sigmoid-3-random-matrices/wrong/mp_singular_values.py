# Singular values in place of their squares, in descending order, and s2 used as a standard deviation.
# expect: mp-law FAILED
# expect: wishart PARTIAL
# expect: mp-figure PARTIAL

# %% mp-law-code
def mp_edges(s2, c):
    return s2 * (1 - np.sqrt(c)), s2 * (1 + np.sqrt(c)), 0.0


def mp_density(x, s2, c):
    return np.sqrt(np.maximum(4 - x**2, 0)) / np.pi

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    X = rng.normal(0, s2, (p, n))
    return np.linalg.svd(X / np.sqrt(n))[1] if p <= n else np.zeros(p)
