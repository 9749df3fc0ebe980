# Logarithms to base 2.
# expect: kl PARTIAL
# expect: divergences PARTIAL
# expect: shifted PARTIAL

# %% kl-code
def kl(p, q):
    if np.any(p < 0) or np.any(q < 0) or abs(p.sum() - 1) > 1e-9 or abs(q.sum() - 1) > 1e-9:
        raise ValueError("not a distribution")
    counts = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[counts] * np.log2(p[counts] / q[counts])))

# %% shifted-code
def shifted(theta, w):
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    outside = 1.0 if abs(theta) >= w else abs(theta) / w
    return np.inf, np.inf, outside, outside, abs(theta)
