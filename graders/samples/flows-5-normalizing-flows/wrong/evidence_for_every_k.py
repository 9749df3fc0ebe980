# All draws go into one average, which estimates ln p(x) and not L_k; groups are taken with a stride. The second gap
# is the whole distance to ln p(x).
# expect: iwae-curve FAILED
# expect: iwae-bound FAILED
# expect: gaps PARTIAL

# %% iwae-curve-code
def iwae_curve(log_w, ks):
    return np.array([np.mean(logsumexp(log_w.reshape(k, -1), axis=0) - np.log(k)) for k in ks])

# %% iwae-bound-code
def iwae_bound(x, m, s, k, n, rng):
    z = rng.normal(m, s, (n, k))
    log_w = -(z**2) / 2 - (x - z) ** 2 / 2 + (z - m) ** 2 / (2 * s**2)
    return logsumexp(log_w) - np.log(n * k) + np.log(s) - np.log(2 * np.pi) / 2

# %% gaps-code
def gaps(W, sigma, X, means, variances):
    precision = np.eye(W.shape[1]) + W.T @ W / sigma**2
    off = means - np.linalg.solve(precision, W.T @ X.T / sigma**2).T
    total = np.linalg.slogdet(precision)[1]
    trace = variances @ np.diag(precision) - W.shape[1] - np.log(variances).sum(axis=1)
    whole = (trace + np.sum(off @ precision * off, axis=1) - total) / 2
    return float(np.log(np.diag(precision)).sum() - total) / 2, whole
