# 1 / M^{-1} is forgotten: the inverse function of M(w) = psi(1/w) is used as if it were that of psi, and S is
# turned upside down.
# expect: s-transform FAILED

# %% s-transform-code
def S_transform(moments, z):
    psi = np.polynomial.Polynomial([0.0, *moments])
    x = z / moments[0] if z else 1e-12
    for _ in range(20):
        x -= (psi(x) - z) / psi.deriv()(x)
    return (1 + z) / z / x if z else moments[0]
