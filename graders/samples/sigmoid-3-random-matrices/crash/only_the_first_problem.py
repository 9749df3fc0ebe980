# Only problem 1 is done; everything else is as released.
# rest: stub
# expect: spacing-pdf ERROR
# expect: spacing-sample ERROR
# expect: sc-moment ERROR
# expect: goe ERROR
# expect: g-sc ERROR
# expect: mp-law ERROR
# expect: wishart ERROR
# expect: mean-ratio ERROR
# expect: repulsion ERROR
# expect: mp-figure ERROR

# %% gap-code
def gap(A, C, D):
    return np.hypot(A - D, 2 * C)

# %% closest-code
def closest(a0, a1, d0, d1, C):
    return (d0 - a0) / (a1 - d1), 2 * abs(C)
