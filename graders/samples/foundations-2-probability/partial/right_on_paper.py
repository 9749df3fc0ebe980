# E Y^2 - (E Y)^2 loses its digits far from zero; the line is drawn through the states that never happen; two
# values of X are refused though three of Y would do.
# expect: total-variance PARTIAL
# expect: constructor PARTIAL
# expect: regression PARTIAL

# %% total-variance-code
def total_variance(joint, y):
    p = joint.sum(axis=1)
    rows = joint[p > 0] / p[p > 0, None]
    p = p[p > 0]
    within = p @ (rows @ y**2 - (rows @ y) ** 2)
    return within, p @ (rows @ y) ** 2 - (p @ rows @ y) ** 2


# %% constructor-code
def uncorrelated_dependent(p, q, x, y):
    if len(x) == 2:
        raise ValueError("X has two values")
    u = scipy.linalg.null_space(np.vstack([np.ones(len(x)), x]))[:, 0]
    v = scipy.linalg.null_space(np.ones((1, len(y))))[:, 0]
    change, start = np.outer(u, v), np.outer(p, q)
    return start + np.min(start[change < 0] / -change[change < 0]) * change


# %% regression-code
def regression_plot(joint, x, y):
    order = np.argsort(x)
    joint, x = joint[order], x[order]
    p = joint.sum(axis=1)
    means = joint @ y / np.where(p > 0, p, 1)
    slope = p @ ((x - p @ x) * means) / (p @ (x - p @ x) ** 2)
    _, ax = plt.subplots()
    ax.plot(x, means, label="conditional mean")
    ax.plot(x, p @ means + slope * (x - p @ x), label="best line")
    ax.set_xlabel("x")
    ax.set_ylabel("y")
    ax.legend()
    return ax
