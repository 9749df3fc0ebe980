# The law of the length, not of the eigenvalue: the factor 1/2 for two signs is lost, and in the commuting sum
# standard deviations are added.
# expect: pauli-density FAILED

# %% pauli-density-code
def pauli_density(x, s1, s2, kind):
    if kind == "same":
        s = s1 + s2
        return np.exp(-(x**2) / (2 * s**2)) / np.sqrt(2 * np.pi * s**2)
    total = x**2 / 4 * (1 / s1**2 + 1 / s2**2)
    y = x**2 / 4 * np.abs(1 / s1**2 - 1 / s2**2)
    return np.abs(x) / (s1 * s2) * np.exp(y - total) * i0e(y)
