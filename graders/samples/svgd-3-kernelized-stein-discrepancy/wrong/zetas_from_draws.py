# Random draws in place of quadrature: right to a digit or two, and zeta_1 is not zero at q = p.
# expect: hoeffding FAILED

# %% hoeffding-code
def hoeffding(m, s, h):
    x = np.random.default_rng(0).normal(m, s, size=(800, 1))
    u = stein_kernel(x, x, normal_score, h)
    return float(np.var(u.mean(axis=1))), float(np.var(u))
