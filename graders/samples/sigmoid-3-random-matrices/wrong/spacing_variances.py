# All three entries with variance s^2, so that the matrix is not rotation invariant; and for the density the form
# with mean one from the textbooks.
# expect: spacing-pdf FAILED
# expect: spacing-sample PARTIAL

# %% spacing-pdf-code
def spacing_pdf(x, s):
    return np.where(x < 0, 0.0, np.pi * x / 2 * np.exp(-np.pi * x**2 / 4))

# %% spacing-sample-code
def spacing_sample(n, s, rng):
    A, C, D = rng.normal(0, s, (3, n))
    return np.hypot(A - D, 2 * C)
