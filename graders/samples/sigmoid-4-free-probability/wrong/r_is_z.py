# The published R(z) = z for p H1 + (1 - p) H2, whatever p, with the edge that belongs to it.
# expect: semicircle-sum FAILED

# %% semicircle-sum-code
def semicircle_sum(p, r, z):
    return z, 2.0
