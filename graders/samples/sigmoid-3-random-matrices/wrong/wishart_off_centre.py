# Uniform entries on [0, 1], scaled to the variance but not centred: one eigenvalue far outside.
# expect: wishart PARTIAL

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    X = np.sqrt(12 * s2) * (rng.random((p, n)) - 0.46)
    return np.linalg.eigvalsh(X @ X.T / n)
