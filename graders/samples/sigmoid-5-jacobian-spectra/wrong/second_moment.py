# The second moment is returned where the variance is asked for; and the mean as sigma_w^2 p, of one layer.
# expect: jj-moments FAILED
# expect: var-smooth FAILED

# %% jj-moments-code
def jj_moments(L, p, sigma_w, kind):
    m1 = sigma_w**2 * p
    return m1, m1 ** (2 * L) * (1 + L * (1 / p if kind == "gaussian" else (1 - p) / p))

# %% var-smooth-code
def var_smooth(q, L, kind, dphi):
    mu1, mu2 = (gaussian_mean(lambda z, k=k: dphi(np.sqrt(q) * z) ** (2 * k)) for k in (1, 2))
    return 1 + L * (mu2 / mu1**2 - (kind == "orthogonal"))
