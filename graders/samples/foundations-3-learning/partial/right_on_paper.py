# Formulas that are right on paper and not in floating point; Newton's method with full steps only; the two
# values of f subtracted.
# expect: logistic-loss PARTIAL
# expect: irls PARTIAL
# expect: descend PARTIAL

# %% logistic-loss-code
def logistic_loss(w, X, y, lam):
    p = 1 / (1 + np.exp(-X @ w))
    loss = -np.sum(np.log(np.where(y == 1, p, 1 - p))) + lam / 2 * w @ w
    return loss, X.T @ (p - y) + lam * w

# %% irls-code
def irls(X, y, lam):
    w = np.zeros(X.shape[1])
    for _ in range(100):
        p = expit(X @ w)
        gradient = X.T @ (p - y) + lam * w
        w = w - np.linalg.solve((X.T * (p * (1 - p))) @ X + lam * np.eye(len(w)), gradient)
    return w

# %% descend-code
def descend(H, b, x0, step, steps):
    def f(x):
        return x @ H @ x / 2 - b @ x

    x, low, gaps = x0, f(np.linalg.solve(H, b)), []
    for _ in range(steps + 1):
        gaps.append(f(x) - low)
        x = x - step * (H @ x - b)
    return np.array(gaps), float(abs(gaps[-1] / gaps[steps // 2]) ** (1 / steps))
