# Means over the points where the text has sums: the penalty is n times too strong. In kernel ridge n lam.
# expect: logistic-loss FAILED
# expect: irls FAILED
# expect: kernel-ridge FAILED

# %% logistic-loss-code
def logistic_loss(w, X, y, lam):
    sign = 2 * y - 1
    margin = sign * (X @ w)
    gradient = -X.T @ (sign * expit(-margin)) / len(y) + lam * w
    return float(np.mean(np.logaddexp(0, -margin)) + lam / 2 * w @ w), gradient

# %% irls-code
def irls(X, y, lam):
    w = np.zeros(X.shape[1])
    for _ in range(50):
        p = expit(X @ w)
        gradient = X.T @ (p - y) / len(y) + lam * w
        hessian = (X.T * (p * (1 - p))) @ X / len(y) + lam * np.eye(len(w))
        w = w - np.linalg.solve(hessian, gradient)
    return w

# %% kernel-ridge-code
def kernel_ridge(X, y, kernel, lam, X_new):
    K = kernel(X, X)
    alpha = np.linalg.solve(K + len(y) * lam * np.eye(len(y)), y)
    return kernel(X_new, X) @ alpha, float(alpha @ K @ alpha)
