# Another penalty and other labels: lam |w|^2 without the half, 0 and 1 taken for -1 and 1, the first weight
# left out of the penalty.
# expect: logistic-loss FAILED
# expect: irls FAILED
# expect: has-minimum FAILED

# %% logistic-loss-code
def logistic_loss(w, X, y, lam):
    t = -y * (X @ w)
    return float(np.sum(np.logaddexp(0, t)) + lam * w @ w), -X.T @ (y * expit(t)) + 2 * lam * w

# %% irls-code
def irls(X, y, lam):
    penalty = lam * np.eye(X.shape[1])
    penalty[0, 0] = 1e-9
    w = np.zeros(X.shape[1])
    for _ in range(50):
        p = expit(X @ w)
        w = w - np.linalg.solve((X.T * (p * (1 - p))) @ X + penalty, X.T @ (p - y) + penalty @ w)
    return w

# %% has-minimum-code
def has_minimum(X, y):
    signed = y[:, None] * X
    limits = np.concatenate([np.ones(len(y)), np.zeros(len(y))])
    best = linprog(-signed.sum(axis=0), np.vstack([signed, -signed]), limits, bounds=(None, None))
    return bool(-best.fun < 0.5)
