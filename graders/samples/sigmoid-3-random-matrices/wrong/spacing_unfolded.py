# The spacing of uncoupled levels, and complex (unitary) matrices: the wrong power of x at zero.
# expect: spacing-pdf FAILED
# expect: spacing-sample PARTIAL

# %% spacing-pdf-code
def spacing_pdf(x, s):
    return uncoupled_pdf(np.abs(x), s) / 2

# %% spacing-sample-code
def spacing_sample(n, s, rng):
    return np.sqrt(2) * s * np.sqrt(rng.chisquare(3, n))
