# The other root of the equation: Im G has the sign of Im z, and zG does not tend to 1.
# expect: g-sc FAILED

# %% g-sc-code
def G_sc(z, R):
    z = np.asarray(z, dtype=complex)
    return 2 * (z + np.sqrt(z - R) * np.sqrt(z + R)) / R**2
