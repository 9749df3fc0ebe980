# A small number is added to both masses, so that nothing is ever infinite; the input is not looked at.
# expect: kl FAILED
# expect: divergences PARTIAL

# %% kl-code
def kl(p, q):
    return float(np.sum(p * np.log((p + 1e-12) / (q + 1e-12))))
