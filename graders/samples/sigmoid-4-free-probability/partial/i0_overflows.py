# The plain Bessel function: right for like scales, inf * 0 for scales of 1 to 40.
# expect: pauli-density PARTIAL

# %% pauli-density-code
def pauli_density(x, s1, s2, kind):
    from scipy.special import i0

    if kind == "same":
        return np.exp(-(x**2) / 2 / (s1**2 + s2**2)) / np.sqrt(2 * np.pi * (s1**2 + s2**2))
    up, down = 1 / s1**2 + 1 / s2**2, 1 / s1**2 - 1 / s2**2
    with np.errstate(all="ignore"):
        return np.abs(x) / (2 * s1 * s2) * np.exp(-(x**2) * up / 4) * i0(x**2 * down / 4)
