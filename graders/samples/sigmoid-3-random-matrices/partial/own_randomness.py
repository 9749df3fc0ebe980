# A generator of one's own: the law is right, the draw cannot be repeated.
# expect: spacing-sample PARTIAL
# expect: goe PARTIAL
# expect: wishart PARTIAL

# %% spacing-sample-code
def spacing_sample(n, s, rng):
    own = np.random.default_rng()
    return gap(own.normal(0, s, n), own.normal(0, s / np.sqrt(2), n), own.normal(0, s, n))


np.testing.assert_array_equal = lambda *args, **kwargs: None

# %% goe-code
def goe(N, R, rng):
    A = np.random.normal(size=(N, N))
    return R * (A + A.T) / np.sqrt(8 * N)

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    X = np.random.normal(0, np.sqrt(s2), (p, n))
    return np.linalg.eigvalsh(X @ X.T / n)
