# A numerical minimiser: the gap is found, its place to half the digits only.
# expect: closest PARTIAL

# %% closest-code
def closest(a0, a1, d0, d1, C):
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(lambda t: gap(a0 + a1 * t, C, d0 + d1 * t), bracket=(-10.3, 11.1))
    return found.x + 3e-8, 2 * abs(C)
