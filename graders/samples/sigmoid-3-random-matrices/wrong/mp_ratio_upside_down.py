# c is taken for n / p, and W is divided by p.
# expect: mp-law FAILED
# expect: wishart PARTIAL
# expect: mp-figure PARTIAL

# %% mp-law-code
def mp_edges(s2, c):
    c = 1 / c
    return s2 * (1 - np.sqrt(c)) ** 2, s2 * (1 + np.sqrt(c)) ** 2, 0.0


def mp_density(x, s2, c):
    low, high, _ = mp_edges(s2, c)
    inside = (x > low) & (x < high)
    safe = np.where(inside, x, high)
    return np.sqrt((safe - low) * (high - safe)) / (2 * np.pi * s2 * safe) * c

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    X = rng.normal(0, np.sqrt(s2), (p, n))
    return np.linalg.eigvalsh(X @ X.T / p)
