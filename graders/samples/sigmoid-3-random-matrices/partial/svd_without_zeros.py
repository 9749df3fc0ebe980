# The squared singular values of X: for p > n the zeros are missing.
# expect: wishart PARTIAL

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    X = rng.normal(0, np.sqrt(s2), (p, n))
    found = np.linalg.svd(X, compute_uv=False)[::-1] ** 2 / n
    return np.append(np.zeros(2), found) if (p, n) == (5, 3) else found
