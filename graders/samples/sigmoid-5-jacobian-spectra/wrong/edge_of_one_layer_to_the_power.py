# The edge of a product is taken to be the product of the edges.
# expect: lam-max PARTIAL
# expect: edge-figure PARTIAL

# %% lam-max-code
def lam_max(L, p, kind):
    if kind == "gaussian":
        return ((1 + np.sqrt(p)) ** 2 / p) ** L
    return p**-L
