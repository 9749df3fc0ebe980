# KL of the intervals is taken over the common piece only, where both densities are equal: zero.
# expect: shifted PARTIAL

# %% shifted-code
def shifted(theta, w):
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    outside = 1.0 if abs(theta) >= w else abs(theta) / w
    kl = 0.0 if outside < 1 else np.inf
    return kl, kl, outside * np.log(2), outside, abs(theta)
