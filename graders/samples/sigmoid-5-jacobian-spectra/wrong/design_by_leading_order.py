# 1 - p is set to target / L, and the bias is left out.
# expect: design PARTIAL

# %% design-code
def design(L, target, kind, activation):
    p = 1 - target / L if target < L else 0.5
    q = 1 / (2 * erfinv(p) ** 2)
    return 1 / np.sqrt(p), 0.0, q
