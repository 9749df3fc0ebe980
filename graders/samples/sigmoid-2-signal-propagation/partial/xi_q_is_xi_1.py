# The term with phi'' is left out of xi_q: the depth scale of chi_1 stands in its place.
# expect: cstar-xi PARTIAL

# %% cstar-xi-code
def cstar_xi(sigma_w, sigma_b):
    q, chi = qstar_chi(sigma_w, sigma_b)
    z = np.linspace(-8.5, 8.5, 401)
    p = np.exp(-(z**2) / 2)
    p = p / p.sum()
    one = np.tanh(np.sqrt(q) * z)

    def two(c):
        return np.tanh(np.sqrt(q) * (c * z[:, None] + np.sqrt(1 - c**2) * z))

    c, chi_c = 1.0, chi
    if chi > 1:
        c = brentq(lambda c: (sigma_w**2 * (p * one) @ two(c) @ p + sigma_b**2) / q - c, 0, 0.9999)
        chi_c = sigma_w**2 * (p * (1 - one**2)) @ (1 - two(c) ** 2) @ p
    return c, -1 / np.log(chi_c), -1 / np.log(chi)
