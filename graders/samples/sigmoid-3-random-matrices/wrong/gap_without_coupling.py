# The distance of the diagonal entries: the coupling is forgotten.
# expect: gap FAILED
# expect: closest FAILED
# expect: spacing-sample PARTIAL

# %% gap-code
def gap(A, C, D):
    return np.abs(A - D)

# %% closest-code
def closest(a0, a1, d0, d1, C):
    return (d0 - a0) / (a1 - d1)
