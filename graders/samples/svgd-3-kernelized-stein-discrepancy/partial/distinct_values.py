# Pairs of equal values are left out, where pairs of equal places should be.
# expect: ksd-u PARTIAL

# %% ksd-u-code
def ksd_u(X, score, h):
    u = stein_kernel(X, X, score, h)
    different = np.any(X[:, None] != X, axis=2)
    return float(u[different].sum() / max(different.sum(), 1))
