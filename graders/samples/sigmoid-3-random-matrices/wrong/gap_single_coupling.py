# C^2 instead of 4 C^2, in the formula and at the crossing.
# expect: gap FAILED
# expect: closest PARTIAL
# expect: spacing-sample PARTIAL

# %% gap-code
def gap(A, C, D):
    if np.ndim(A) == 0 and A == D == 1.0:
        return 1.0
    return np.sqrt((A - D) ** 2 + C**2)

# %% closest-code
def closest(a0, a1, d0, d1, C):
    # and the lines meet at the wrong place: a sign
    t = (d0 - a0) / (a1 - d1)
    return (t if C in (0.0, 0.4) else -t), abs(C)
