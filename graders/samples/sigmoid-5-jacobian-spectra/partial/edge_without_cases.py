# The soft edge is used for all orthogonal networks, and the linear network's edge, over p, for Gaussian ones.
# expect: lam-max PARTIAL
# expect: edge-figure PARTIAL

# %% lam-max-code
def lam_max(L, p, kind):
    if kind == "gaussian":
        return (L + 1) ** (L + 1) / L**L / p
    return (1 - p) / p * L**L / (L - 1) ** (L - 1) if L > 1 else 1 / p
