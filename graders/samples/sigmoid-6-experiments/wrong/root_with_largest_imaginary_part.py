# The root of the polynomial with the largest imaginary part is taken for the physical one.
# expect: deep-density FAILED
# expect: plot-spectrum PARTIAL

# %% deep-density-code
def deep_density(lam, L):
    edge = (L + 1) * (1 + 1 / L) ** L
    values = []
    for one in lam:
        roots = np.roots([1.0] + [0.0] * (L - 1) + [-one, one])
        values.append(np.abs(roots.imag).max() / (np.pi * one) if one < edge else 0.0)
    return np.array(values)
