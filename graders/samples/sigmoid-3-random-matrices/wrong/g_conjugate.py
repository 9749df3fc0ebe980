# The Stieltjes transform in the other convention, the mean of 1/(x - z).
# expect: g-sc FAILED

# %% g-sc-code
def G_sc(z, R):
    z = np.asarray(z, dtype=complex)
    return -2 / (z * (1 + np.sqrt(1 - (R / z) ** 2)))
