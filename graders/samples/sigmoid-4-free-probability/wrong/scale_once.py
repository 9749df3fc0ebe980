# A factor is applied once, R_{pH} = p R_H, and the variance of a semicircle is taken for its radius squared.
# expect: semicircle-sum FAILED

# %% semicircle-sum-code
def semicircle_sum(p, r, z):
    return (p + r) * z / 2, 2 * np.sqrt(2) * np.hypot(p, r)
