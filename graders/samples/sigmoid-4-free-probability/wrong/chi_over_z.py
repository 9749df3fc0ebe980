# chi(z) / z: the factor 1 + z is forgotten, which does not show at z = 0.
# expect: s-transform PARTIAL

# %% s-transform-code
def S_transform(moments, z):
    if z == 0:
        return 1 / moments[0]
    psi = np.polynomial.Polynomial([0.0, *moments])
    x = z / moments[0]
    for _ in range(20):
        x -= (psi(x) - z) / psi.deriv()(x)
    return x / z
