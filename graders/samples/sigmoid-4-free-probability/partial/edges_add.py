# R is right, but the largest eigenvalues of the summands are added.
# expect: semicircle-sum PARTIAL

# %% semicircle-sum-code
def semicircle_sum(p, r, z):
    return (p**2 + r**2) * z / 2, np.sqrt(2) * (abs(p) + abs(r))
