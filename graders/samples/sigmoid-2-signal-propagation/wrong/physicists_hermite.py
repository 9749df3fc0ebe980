# The nodes of the weight exp(-x^2) are used for exp(-z^2 / 2), without the factor sqrt(2).
# expect: qmap FAILED
# expect: qstar-chi FAILED
# expect: critical-tanh FAILED
# expect: cstar-xi ERROR
# expect: phase-diagram PARTIAL

# %% gaussian-mean-code
NODES, WEIGHTS = np.polynomial.hermite.hermgauss(100)


def gaussian_mean(f):
    return float(WEIGHTS @ f(NODES) / np.sqrt(np.pi))
