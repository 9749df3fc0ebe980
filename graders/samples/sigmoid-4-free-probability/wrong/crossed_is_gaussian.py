# Spectra are taken to decide: the crossed sum gets the density of the commuting one.
# expect: pauli-density PARTIAL

# %% pauli-density-code
def pauli_density(x, s1, s2, kind):
    variance = s1**2 + s2**2
    return np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
