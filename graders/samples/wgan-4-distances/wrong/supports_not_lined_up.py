# The masses are compared place by place, as if both lists of points were the same; the shorter is filled up.
# expect: divergences FAILED

# %% divergences-code
def divergences(x, p, y, q):
    n = max(len(p), len(q))
    p, q = np.pad(p, (0, n - len(p))), np.pad(q, (0, n - len(q)))
    m = (p + q) / 2
    return kl(p, q), kl(q, p), (kl(p, m) + kl(q, m)) / 2, np.abs(p - q).sum() / 2
