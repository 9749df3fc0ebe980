# The crossed density of equal scales, with the mean of the two variances put in.
# expect: pauli-density PARTIAL

# %% pauli-density-code
def pauli_density(x, s1, s2, kind):
    total = s1**2 + s2**2
    if kind == "same":
        return np.exp(-(x**2) / (2 * total)) / np.sqrt(2 * np.pi * total)
    return np.abs(x) / total * np.exp(-(x**2) / total)
