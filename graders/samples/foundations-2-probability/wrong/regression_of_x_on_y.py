# The mean of X for each y, and a line of slope Cov / Var Y through the origin.
# expect: regression PARTIAL

# %% regression-code
def regression_plot(joint, x, y):
    p, q = joint.sum(axis=1), joint.sum(axis=0)
    slope = ((x - p @ x) @ joint @ (y - q @ y)) / (q @ (y - q @ y) ** 2)
    order = np.argsort(y)
    _, ax = plt.subplots()
    ax.plot(y[order], (x @ joint / q)[order], label="conditional mean")
    ax.plot(x, slope * x, label="best line")
    ax.set_xlabel("x")
    ax.set_ylabel("y")
    ax.legend()
    return ax
