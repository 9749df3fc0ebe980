# Only the first function is written; everything else is as released.
# rest: stub
# expect: jj-moments ERROR
# expect: jj-spectrum ERROR
# expect: lam-max ERROR
# expect: atoms ERROR
# expect: var-smooth ERROR
# expect: design ERROR
# expect: edge-figure ERROR

# %% s-jj-code
def s_jj(z, L, p, sigma_w, kind):
    return ((1 if kind == "gaussian" else 1 + z) / (z + p) / sigma_w**2) ** L
