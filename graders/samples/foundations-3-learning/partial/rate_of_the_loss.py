# The rate of the loss for the rate of the distance, measured and predicted; the linear kernel's norm of alpha;
# a determinant instead of the index.
# expect: descend PARTIAL
# expect: rate-plot PARTIAL
# expect: kernel-ridge PARTIAL
# expect: classify PARTIAL

# %% descend-code
def descend(H, b, x0, step, steps):
    minimum = np.linalg.solve(H, b)
    x, gaps = x0, []
    for _ in range(steps + 1):
        gaps.append((x - minimum) @ H @ (x - minimum) / 2)
        x = x - step * (H @ x - b)
    return np.array(gaps), float((gaps[-1] / gaps[steps // 2]) ** (2 / steps))

# %% rate-plot-code
def rate_plot(H, b, x0, steps):
    step, rate = best_step(H)
    gaps, _ = descend(H, b, x0, step, steps)
    k = np.arange(steps + 1)
    _, ax = plt.subplots()
    ax.semilogy(k, gaps, label="measured")
    ax.semilogy(k, gaps[0] * rate**k, label="predicted")
    ax.set_xlabel("step")
    ax.set_ylabel("loss")
    return ax

# %% kernel-ridge-code
def kernel_ridge(X, y, kernel, lam, X_new):
    alpha = np.linalg.solve(kernel(X, X) + lam * np.eye(len(X)), y)
    return kernel(X_new, X) @ alpha, alpha @ alpha

# %% classify-code
def classify(H):
    values = np.linalg.eigvalsh(H)
    zero = 1e-9 * np.max(np.abs(values))
    if np.any(np.abs(values) <= zero):
        return "degenerate", int(np.sum(values <= zero))  # the zeros are counted as negative
    negative = int(np.sum(values < 0))
    return {0: "minimum", len(values): "maximum"}.get(negative, "saddle"), negative
