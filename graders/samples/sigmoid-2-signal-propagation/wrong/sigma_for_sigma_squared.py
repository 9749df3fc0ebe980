# Standard deviations are used where variances belong: in the length map, in chi_1, on the critical lines.
# expect: qmap FAILED
# expect: qstar-chi FAILED
# expect: critical-tanh FAILED
# expect: critical-erf FAILED
# expect: cstar-xi ERROR
# expect: phase-diagram PARTIAL

# %% qmap-code
def qmap(q, sigma_w, sigma_b, phi):
    return sigma_w * gaussian_mean(lambda z: phi(np.sqrt(q) * z) ** 2) + sigma_b

# %% qstar-chi-code
def qstar_chi(sigma_w, sigma_b):
    if sigma_b == 0 and sigma_w <= 1:
        return 0.0, sigma_w
    q = brentq(lambda q: qmap(q, sigma_w, sigma_b, np.tanh) - q, 1e-9, 10)
    return q, sigma_w * gaussian_mean(lambda z: (1 - np.tanh(np.sqrt(q) * z) ** 2) ** 2)

# %% critical-tanh-code
def critical_tanh(sigma_b):
    if sigma_b == 0:
        return 1.0, 0.0

    def walk(q):
        slope = gaussian_mean(lambda z: (1 - np.tanh(np.sqrt(q) * z) ** 2) ** 2)
        return 1 / slope, q - gaussian_mean(lambda z: np.tanh(np.sqrt(q) * z) ** 2) / slope

    q = brentq(lambda q: walk(q)[1] - sigma_b, 0, 8, xtol=1e-14)
    return walk(q)[0], q

# %% critical-erf-code
def critical_erf(q):
    sigma_w2 = np.sqrt(1 + np.pi * q)
    sigma_b2 = q - sigma_w2 * 2 / np.pi * np.arcsin(np.pi * q / (2 + np.pi * q))
    return np.sqrt(sigma_w2), np.sqrt(sigma_b2)
