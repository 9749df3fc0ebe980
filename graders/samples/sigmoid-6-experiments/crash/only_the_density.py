# Only the first problem is done; everything else is as released.
# rest: stub
# expect: layer-chi ERROR
# expect: fit-xi ERROR
# expect: measure-xi ERROR
# expect: deep-gradient ERROR
# expect: deep-start ERROR
# expect: train-best ERROR
# expect: plot-spectrum ERROR

# %% deep-density-code
def deep_density(lam, L):
    values = []
    for one in lam:
        roots = np.roots([1.0] + [0.0] * (L - 1) + [-one, one])
        B = min(roots, key=lambda root: abs(np.angle(root)))
        values.append(abs(B.imag) / (np.pi * one) if one < (L + 1) * (1 + 1 / L) ** L else 0.0)
    return np.array(values)
