# Six steps of the map are called a fixed point.
# expect: qstar-chi FAILED
# expect: cstar-xi ERROR

# %% qstar-chi-code
def qstar_chi(sigma_w, sigma_b):
    if sigma_b == 0 and sigma_w <= 1:
        return 0.0, sigma_w**2
    q = 1.0
    for _ in range(6):
        q = qmap(q, sigma_w, sigma_b, np.tanh)
    return q, sigma_w**2 * gaussian_mean(lambda z: (1 - np.tanh(np.sqrt(q) * z) ** 2) ** 2)
