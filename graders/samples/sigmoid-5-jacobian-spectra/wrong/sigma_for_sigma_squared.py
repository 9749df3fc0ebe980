# sigma_w scales W W^T instead of its square.
# expect: s-jj FAILED
# expect: jj-moments FAILED

# %% s-jj-code
def s_jj(z, L, p, sigma_w, kind):
    mask = (1 + z) / (z + p)
    weights = 1 / (1 + z) if kind == "gaussian" else 1.0
    return (mask * weights / sigma_w) ** L

# %% jj-moments-code
def jj_moments(L, p, sigma_w, kind):
    m1 = (sigma_w * p) ** L
    return m1, m1**2 * L * (1 / p if kind == "gaussian" else (1 - p) / p)
