# The sample is returned in ascending order: the right law, but no independent draws any more.
# expect: spacing-sample PARTIAL

# %% spacing-sample-code
def spacing_sample(n, s, rng):
    return np.sort(matrix_gaps(n, s, rng))
