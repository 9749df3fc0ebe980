# The densities are not cut off: negative ones left of zero, roots of negative numbers outside the edges.
# expect: spacing-pdf PARTIAL
# expect: mp-law PARTIAL
# expect: mp-figure PARTIAL

# %% spacing-pdf-code
def spacing_pdf(x, s):
    return x / (2 * s**2) * np.exp(-(x**2) / (4 * s**2))

# %% mp-law-code
def mp_edges(s2, c):
    return s2 * (1 - np.sqrt(c)) ** 2, s2 * (1 + np.sqrt(c)) ** 2, max(0.0, 1 - 1 / c)


def mp_density(x, s2, c):
    low, high, _ = mp_edges(s2, c)
    with np.errstate(all="ignore"):
        return np.sqrt((x - low) * (high - x)) / (2 * np.pi * c * s2 * x)
