# A fixed-point iteration that forgets to move on, so that it never stops.
# expect: qstar-chi TIMEOUT
# expect: cstar-xi TIMEOUT

# %% qstar-chi-code
def qstar_chi(sigma_w, sigma_b):
    q = 1.0
    new = qmap(q, sigma_w, sigma_b, np.tanh)
    while abs(new - q) > 1e-12:
        new = qmap(q, sigma_w, sigma_b, np.tanh)
    return q, sigma_w**2 * gaussian_mean(lambda z: (1 - np.tanh(np.sqrt(q) * z) ** 2) ** 2)
