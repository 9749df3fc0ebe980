# q is used as a standard deviation.
# expect: var-smooth FAILED

# %% var-smooth-code
def var_smooth(q, L, kind, dphi):
    mu1, mu2 = (gaussian_mean(lambda z, k=k: dphi(q * z) ** (2 * k)) for k in (1, 2))
    return L * (mu2 / mu1**2 - (kind == "orthogonal"))
