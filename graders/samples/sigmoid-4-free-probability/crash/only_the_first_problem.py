# The first problem is done; everything else is as released.
# rest: stub
# expect: free-word ERROR
# expect: free-cumulants ERROR
# expect: semicircle-sum ERROR
# expect: sign-moment ERROR
# expect: sign-spectrum ERROR
# expect: plot-sign-sum ERROR
# expect: s-transform ERROR

# %% pauli-density-code
def pauli_density(x, s1, s2, kind):
    if kind == "same":
        return np.exp(-(x**2) / 2 / (s1**2 + s2**2)) / np.sqrt(2 * np.pi * (s1**2 + s2**2))
    y = x**2 / 4 * (s1**-2 - s2**-2)
    total = x**2 / 4 * (s1**-2 + s2**-2)
    return np.abs(x) / (2 * s1 * s2) * np.exp(np.abs(y) - total) * i0e(y)
