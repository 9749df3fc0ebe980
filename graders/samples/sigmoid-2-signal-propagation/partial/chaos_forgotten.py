# c* = 1 and chi_1 are used in both phases, so that xi_c is negative in the chaotic one.
# expect: cstar-xi PARTIAL

# %% cstar-xi-code
def cstar_xi(sigma_w, sigma_b):
    q, chi = qstar_chi(sigma_w, sigma_b)
    bend = gaussian_mean(lambda z: -2 * np.tanh(np.sqrt(q) * z) ** 2 / np.cosh(np.sqrt(q) * z) ** 2)
    return 1.0, -1 / np.log(chi), -1 / np.log(chi + sigma_w**2 * bend)
