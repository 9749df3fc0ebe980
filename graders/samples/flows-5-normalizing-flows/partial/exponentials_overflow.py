# The right formulas, with exponentials that leave the range of floats.
# expect: coupling PARTIAL
# expect: planar-u PARTIAL
# expect: iwae-curve PARTIAL

# %% coupling-code
def coupling(x, keep, s, t):
    y = x.copy()
    y[:, ~keep] = x[:, ~keep] * np.exp(s(x[:, keep])) + t(x[:, keep])
    return y, np.log(np.prod(np.exp(s(x[:, keep])), axis=1))


def coupling_inverse(y, keep, s, t):
    x = y.copy()
    x[:, ~keep] = (y[:, ~keep] - t(y[:, keep])) / np.exp(s(y[:, keep]))
    return x, -np.log(np.prod(np.exp(s(y[:, keep])), axis=1))

# %% planar-u-code
def planar_u(u, w):
    return u + (np.log(1 + np.exp(w @ u)) - 1 - w @ u) * w / (w @ w)

# %% iwae-curve-code
def iwae_curve(log_w, ks):
    w = np.exp(log_w)
    return np.array([np.log(w.reshape(-1, k).mean(axis=1)).mean() for k in ks])
