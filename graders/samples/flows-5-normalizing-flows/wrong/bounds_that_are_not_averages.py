# The sum of the weights where their average belongs: too high by ln k.
# expect: iwae-curve FAILED
# expect: iwae-bound FAILED

# %% iwae-curve-code
def iwae_curve(log_w, ks):
    return np.array([np.mean(logsumexp(log_w.reshape(-1, k), axis=1)) for k in ks])

# %% iwae-bound-code
def iwae_bound(x, m, s, k, n, rng):
    z = rng.normal(m, s, (n, k))
    log_w = -(z**2) / 2 - (x - z) ** 2 / 2 + (z - m) ** 2 / (2 * s**2)
    return np.mean(logsumexp(log_w, axis=1)) + np.log(s) - np.log(2 * np.pi) / 2
