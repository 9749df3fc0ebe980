# q is used as if it were a standard deviation: phi(q z) instead of phi(sqrt(q) z).
# expect: qmap FAILED
# expect: qstar-chi FAILED
# expect: cstar-xi FAILED

# %% qmap-code
def qmap(q, sigma_w, sigma_b, phi):
    return sigma_w**2 * gaussian_mean(lambda z: phi(q * z) ** 2) + sigma_b**2
