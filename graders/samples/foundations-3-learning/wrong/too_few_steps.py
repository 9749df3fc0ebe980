# One Newton step, and one after which the loss looks still; a direction that separates with positive weights
# only, since linprog takes unknowns to be positive.
# expect: irls FAILED
# expect: has-minimum FAILED

# %% irls-code
def irls(X, y, lam):
    w, before = np.zeros(X.shape[1]), np.inf
    while before - logistic_loss(w, X, y, lam)[0] > 1e-3:
        before, gradient = logistic_loss(w, X, y, lam)
        p = expit(X @ w)
        w = w - np.linalg.solve((X.T * (p * (1 - p))) @ X + lam * np.eye(len(w)), gradient) / 2
    return w

# %% has-minimum-code
def has_minimum(X, y):
    signed = (2 * y - 1)[:, None] * X
    limits = np.concatenate([np.ones(len(y)), np.zeros(len(y))])
    best = linprog(-signed.sum(axis=0), np.vstack([signed, -signed]), limits)
    return bool(-best.fun < 0.5)
