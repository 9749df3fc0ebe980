# All entries have one variance, on the diagonal as well: a Wigner matrix, but not the GOE.
# expect: goe PARTIAL

# %% goe-code
def goe(N, R, rng):
    upper = np.triu(rng.normal(0, R / (2 * np.sqrt(N)), (N, N)))
    return upper + np.triu(upper, 1).T
