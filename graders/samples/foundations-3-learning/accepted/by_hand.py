# Everything by elementary means: IRLS as a least-squares fit, Stiemke's lemma by non-negative least squares,
# kernel ridge by eigenvectors, descent of the error itself, eigenvalues counted one by one.

# %% logistic-loss-code
def softplus(t):
    return np.maximum(t, 0) + np.log1p(np.exp(-np.abs(t)))


def logistic_loss(w, X, y, lam):
    s = np.where(y == 1, 1.0, -1.0)
    t = -s * (X @ w)
    below = np.exp(-np.abs(t))
    chance = np.where(t > 0, 1 / (1 + below), below / (1 + below))
    return np.sum(softplus(t)) + lam * np.sum(w**2) / 2, lam * w - (s * chance) @ X

# %% irls-code
def irls(X, y, lam):
    # each step is a weighted least-squares fit, the penalty being some more rows
    d = X.shape[1]
    w = np.zeros(d)
    for _ in range(300):
        p = expit(X @ w)
        root = np.sqrt(np.maximum(p * (1 - p), 1e-300))
        rows = np.vstack([root[:, None] * X, np.sqrt(lam) * np.eye(d)])
        right = np.concatenate([(y - p) / root, -np.sqrt(lam) * w])
        move = np.linalg.lstsq(rows, right, rcond=None)[0]
        before, gradient = logistic_loss(w, X, y, lam)
        t = 1.0
        # Armijo's rule
        while t > 1e-12 and logistic_loss(w + t * move, X, y, lam)[0] > before + 1e-4 * t * gradient @ move:
            t = t / 3
        if t <= 1e-12:
            break
        w = w + t * move
    return w

# %% has-minimum-code
def has_minimum(X, y):
    # Stiemke: a minimum exists if and only if some u > 0 has sum u_i s_i x_i = 0; write u = 1 + (u - 1)
    from scipy.optimize import nnls

    signed = (2 * y - 1)[:, None] * X
    _, left = nnls(signed.T, -signed.sum(axis=0), maxiter=10_000)
    return left < 1e-9 * (1 + np.abs(X).sum())

# %% kernel-ridge-code
def kernel_ridge(X, y, kernel, lam, X_new):
    values, vectors = np.linalg.eigh(kernel(X, X))
    inside = vectors.T @ y / (values + lam)
    alpha = vectors @ inside
    predictions = [np.sum(alpha * kernel(X, x[None, :])[:, 0]) for x in X_new]
    return np.array(predictions), np.sum(values * inside**2)

# %% best-step-code
def best_step(H):
    values = np.linalg.svd(H, compute_uv=False)
    kappa = values[0] / values[-1]
    return 2 / (values[0] + values[-1]), (kappa - 1) / (kappa + 1)

# %% descend-code
def descend(H, b, x0, step, steps):
    # the error itself is iterated
    error = x0 - np.linalg.solve(H, b)
    gaps = np.empty(steps + 1)
    for k in range(steps + 1):
        gaps[k] = 0.5 * error.dot(H).dot(error)
        error = error - step * H.dot(error)
    m = steps // 2
    return gaps, np.exp(np.log(gaps[2 * m] / gaps[m]) / (2 * m))

# %% rate-plot-code
def rate_plot(H, b, x0, steps):
    step, rate = best_step(H)
    gaps = descend(H, b, x0, step, steps)[0]
    fig = plt.figure()
    ax = fig.add_subplot()
    ax.semilogy(gaps, label="Measured loss")
    ax.semilogy([0, steps], [gaps[0], gaps[0] * rate ** (2 * steps)], "--", label="Predicted: two points do")
    ax.set(xlabel="Steps", ylabel="Loss - minimum")
    return ax

# %% classify-code
def classify(H):
    from scipy.linalg import eigh

    values = eigh(H, eigvals_only=True)
    size = max(abs(values[0]), abs(values[-1]))
    below = len([v for v in values if v < -1e-9 * size])
    if any(abs(v) <= 1e-9 * size for v in values):
        return "degenerate", below
    return {0: "minimum", len(values): "maximum"}.get(below, "saddle"), below
