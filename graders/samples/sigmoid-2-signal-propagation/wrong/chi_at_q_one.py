# chi_1 is taken at the length of the input, q = 1, instead of at q*.
# expect: qstar-chi PARTIAL
# expect: cstar-xi PARTIAL

# %% qstar-chi-code
def qstar_chi(sigma_w, sigma_b):
    if sigma_b == 0 and sigma_w <= 1:
        return 0.0, sigma_w**2
    q = 1.0
    for _ in range(3000):
        q = qmap(q, sigma_w, sigma_b, np.tanh)
    return q, sigma_w**2 * gaussian_mean(lambda z: (1 - np.tanh(z) ** 2) ** 2)
