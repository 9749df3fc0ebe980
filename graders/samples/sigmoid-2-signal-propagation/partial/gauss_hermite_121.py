# Quadrature too coarse: 121 Gauss-Hermite nodes, the classical trap. Exact for polynomials, and good enough
# for short signals; wrong in the third digit of chi_1 at q* = 6, in the second at q* = 12, and at every corner.
# expect: qmap PARTIAL
# expect: qstar-chi PARTIAL
# expect: cstar-xi PARTIAL

# %% gaussian-mean-code
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(121)


def gaussian_mean(f):
    return float(WEIGHTS @ f(NODES) / np.sqrt(2 * np.pi))
