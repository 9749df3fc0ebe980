# L counts the factors, but the equation with B^L is solved: the density of L - 1 layers.
# expect: deep-density FAILED
# expect: plot-spectrum PARTIAL

# %% deep-density-code
def deep_density(lam, L):
    L = max(L - 1, 1)
    values = []
    for one in lam:
        roots = np.roots([1.0] + [0.0] * (L - 1) + [-one, one])
        B = min(roots, key=lambda root: abs(np.angle(root)))
        values.append(abs(B.imag) / (np.pi * one))
    return np.array(values)
