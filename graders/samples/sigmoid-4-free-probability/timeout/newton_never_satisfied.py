# Newton's method until the equation holds to the last bit, which it need not ever do.
# expect: s-transform TIMEOUT

# %% s-transform-code
def S_transform(moments, z):
    psi = np.polynomial.Polynomial([0.0, *moments])
    x = z / moments[0]
    while psi(x) - z != 0 or x != z / moments[0]:
        x -= (psi(x) - z) / psi.deriv()(x)
    return (1 + z) / z * x
