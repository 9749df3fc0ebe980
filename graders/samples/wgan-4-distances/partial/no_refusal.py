# KL is right for distributions; what is none is taken as it comes.
# expect: kl PARTIAL

# %% kl-code
def kl(p, q):
    counts = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[counts] * np.log(p[counts] / q[counts])))
