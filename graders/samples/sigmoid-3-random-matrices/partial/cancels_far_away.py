# The right branch everywhere, by the schoolbook formula: no digits in the far field.
# expect: g-sc PARTIAL

# %% g-sc-code
def G_sc(z, R):
    z = np.asarray(z, dtype=complex)
    return 2 * (z - np.sqrt(z - R) * np.sqrt(z + R)) / R**2
