# Only KL is done; everything else is as released.
# rest: stub
# expect: divergences ERROR
# expect: w1 ERROR
# expect: monotone-plan ERROR
# expect: shifted ERROR
# expect: distance-curves ERROR
# expect: gauss-w1 ERROR
# expect: transport ERROR

# %% kl-code
def kl(p, q):
    for masses in (p, q):
        if np.any(masses < 0) or abs(np.sum(masses) - 1) > 1e-9:
            raise ValueError("not a distribution")
    counts = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[counts] * np.log(p[counts] / q[counts])))
