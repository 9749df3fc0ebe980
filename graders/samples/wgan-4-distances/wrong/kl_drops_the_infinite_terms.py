# Only points where both have mass are summed over: infinity never comes out, and less than zero does.
# expect: kl PARTIAL
# expect: divergences PARTIAL

# %% kl-code
def kl(p, q):
    both = (p > 0) & (q > 0)
    return float(np.sum(p[both] * np.log(p[both] / q[both])))
