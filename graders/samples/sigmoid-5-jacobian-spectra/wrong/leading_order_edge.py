# Large-L limits: e L / p and e L (1 - p) / p.
# expect: lam-max FAILED
# expect: edge-figure PARTIAL

# %% lam-max-code
def lam_max(L, p, kind):
    return np.e * L * (1 if kind == "gaussian" else 1 - p) / p
