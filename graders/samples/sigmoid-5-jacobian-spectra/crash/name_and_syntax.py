# One cell does not parse, two raise when they are called; the other answers keep their credit.
# expect: atoms MISSING
# expect: lam-max ERROR
# expect: design ERROR
# expect: edge-figure ERROR

# %% atoms-code
def atoms(L, p)
    return 1 - L * (1 - p), p**-L, 1 - p

# %% lam-max-code
def lam_max(L, p, kind):
    return largest(L, p, kind)

# %% design-code
def design(L, target, kind, activation):
    return 1 / 0
