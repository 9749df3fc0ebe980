# s is taken for a variance.
# expect: spacing-pdf FAILED
# expect: spacing-sample PARTIAL

# %% spacing-pdf-code
def spacing_pdf(x, s):
    return np.where(x < 0, 0.0, x / (2 * s) * np.exp(-(x**2) / (4 * s)))

# %% spacing-sample-code
def spacing_sample(n, s, rng):
    return rng.rayleigh(np.sqrt(2 * s), n)
