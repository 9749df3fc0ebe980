# Independent entries with the right variance everywhere, but no symmetry.
# expect: goe PARTIAL

# %% goe-code
def goe(N, R, rng):
    return rng.normal(0, R / (2 * np.sqrt(N)), (N, N))
