# 0 / 0 at z = 0.
# expect: s-transform PARTIAL

# %% s-transform-code
def S_transform(moments, z):
    psi = np.polynomial.Polynomial([0.0, *moments])
    x = z / moments[0]
    for _ in range(50):
        x = x - (psi(x) - z) / psi.deriv()(x)
    return (1 + z) / np.float64(z) * x
