# 0 * log(0) is left to be nan.
# expect: kl PARTIAL
# expect: divergences PARTIAL

# %% kl-code
def kl(p, q):
    if np.any(p < 0) or np.any(q < 0) or abs(p.sum() - 1) > 1e-9 or abs(q.sum() - 1) > 1e-9:
        raise ValueError("not a distribution")
    with np.errstate(all="ignore"):
        return float(np.sum(p * np.log(p / q)))
