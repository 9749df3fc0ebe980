# The second-derivative test of two dimensions in any number of them; values of f for gaps; the mean curvature for
# both ends of the spectrum; a picture with a linear scale.
# expect: best-step FAILED
# expect: descend FAILED
# expect: rate-plot FAILED
# expect: classify FAILED

# %% best-step-code
def best_step(H):
    return float(len(H) / np.trace(H)), float(1 - 1 / np.linalg.cond(H) ** 0.5)

# %% descend-code
def descend(H, b, x0, step, steps):
    x, values = x0, []
    for _ in range(steps + 1):
        values.append(x @ H @ x / 2 - b @ x)
        x = x - step * (H @ x - b)
    return np.array(values), float(np.abs(values[-1] / values[steps // 2]) ** (1 / steps))

# %% rate-plot-code
def rate_plot(H, b, x0, steps):
    gaps, rate = descend(H, b, x0, best_step(H)[0], steps)
    _, ax = plt.subplots()
    ax.plot(gaps, label="measured")
    ax.plot(gaps[0] * rate ** np.arange(steps + 1), label="predicted")
    ax.set_xlabel("step")
    ax.set_ylabel("loss")
    return ax

# %% classify-code
def classify(H):
    determinant = np.linalg.det(H)
    if determinant < 0:
        return "saddle", 1
    if determinant == 0:
        return "degenerate", 0
    return ("minimum", 0) if H[0, 0] > 0 else ("maximum", len(H))
