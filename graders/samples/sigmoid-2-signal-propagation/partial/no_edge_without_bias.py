# The edge sigma_b = 0 is forgotten: the root finder has no sign change for sigma_w <= 1, and the critical
# line has no q of its own at the corner.
# expect: qstar-chi PARTIAL
# expect: critical-tanh PARTIAL
# expect: phase-diagram PARTIAL

# %% qstar-chi-code
def qstar_chi(sigma_w, sigma_b):
    top = sigma_w**2 + sigma_b**2
    q = brentq(lambda q: qmap(q, sigma_w, sigma_b, np.tanh) - q, 1e-6, top, xtol=1e-13)
    return q, sigma_w**2 * gaussian_mean(lambda z: (1 - np.tanh(np.sqrt(q) * z) ** 2) ** 2)

# %% critical-tanh-code
def critical_tanh(sigma_b):
    def ends(q):
        slope = gaussian_mean(lambda z: (1 - np.tanh(np.sqrt(q) * z) ** 2) ** 2)
        return 1 / slope, q - qmap(q, 1.0, 0.0, np.tanh) / slope

    q = brentq(lambda q: ends(q)[1] - sigma_b**2, 1e-3, 8, xtol=1e-13)
    return float(np.sqrt(ends(q)[0])), q
