# The two directions are confused: infinite where Q has mass and P has none.
# expect: kl PARTIAL
# expect: divergences PARTIAL

# %% kl-code
def kl(p, q):
    if np.any(p < 0) or np.any(q < 0) or abs(p.sum() - 1) > 1e-9 or abs(q.sum() - 1) > 1e-9:
        raise ValueError("not a distribution")
    counts = q > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(q[counts] * np.log(q[counts] / p[counts])))
