# One layer's transform, and one layer's variance, for the whole network.
# expect: s-jj FAILED
# expect: jj-moments PARTIAL

# %% s-jj-code
def s_jj(z, L, p, sigma_w, kind):
    return (1 if kind == "gaussian" else 1 + z) / (z + p) / sigma_w**2 + 0 * L

# %% jj-moments-code
def jj_moments(L, p, sigma_w, kind):
    m1 = (sigma_w**2 * p) ** L
    return m1, m1**2 * (1 / p if kind == "gaussian" else (1 - p) / p)
