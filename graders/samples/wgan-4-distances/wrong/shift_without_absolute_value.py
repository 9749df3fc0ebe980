# theta instead of |theta|, and no end to the overlap.
# expect: shifted PARTIAL

# %% shifted-code
def shifted(theta, w):
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    outside = theta / w if w > 0 else 1.0
    return np.inf, np.inf, outside * np.log(2), outside, theta
