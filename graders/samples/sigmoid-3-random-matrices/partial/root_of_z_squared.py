# The root of z^2 - R^2 as numpy gives it: its jump lies on the imaginary axis, so that the left half-plane gets
# the other branch; and far away the difference of two large numbers has no digits left.
# expect: g-sc PARTIAL

# %% g-sc-code
def G_sc(z, R):
    z = np.asarray(z, dtype=complex)
    return 2 * (z - np.sqrt(z**2 - R**2)) / R**2
