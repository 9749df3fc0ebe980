# phi' instead of its square: sech^2 where sech^4 belongs.
# expect: qstar-chi PARTIAL
# expect: critical-tanh FAILED
# expect: cstar-xi PARTIAL
# expect: phase-diagram PARTIAL

# %% qstar-chi-code
def qstar_chi(sigma_w, sigma_b):
    if sigma_b == 0 and sigma_w <= 1:
        return 0.0, sigma_w**2
    q = brentq(lambda q: qmap(q, sigma_w, sigma_b, np.tanh) / q - 1, 1e-4, 20, xtol=1e-13)
    return q, sigma_w**2 * gaussian_mean(lambda z: 1 - np.tanh(np.sqrt(q) * z) ** 2)

# %% critical-tanh-code
def critical_tanh(sigma_b):
    if sigma_b == 0:
        return 1.0, 0.0

    def walk(q):
        square = gaussian_mean(lambda z: np.tanh(np.sqrt(q) * z) ** 2)
        slope = gaussian_mean(lambda z: 1 - np.tanh(np.sqrt(q) * z) ** 2)
        return 1 / slope, q - square / slope

    # this walk never has a positive bias: take the nearest q
    q = brentq(lambda q: abs(walk(q)[1]) - sigma_b**2, 0, 8, xtol=1e-14)
    return float(np.sqrt(walk(q)[0])), q
