# The right densities stand above z instead of y, without labels on the axes; the last layer alone is undone.
# expect: flow-density FAILED
# expect: planar-line PARTIAL

# %% flow-density-code
def flow_log_density(y, layers):
    x, total = y, np.zeros(len(y))
    for layer in layers[-1:]:
        x, total = coupling_inverse(x, *layer)
    return total - np.sum(x**2 + np.log(2 * np.pi), axis=1) / 2

# %% planar-line-code
def planar_line(ys, u, w, b):
    _, ax = plt.subplots()
    stretch = 1 + u * w * (1 - np.tanh(w * ys + b) ** 2)
    ax.plot(ys, np.exp(-(ys**2) / 2) / np.sqrt(2 * np.pi) / stretch, label="flow")
    ax.plot(ys, np.exp(-(ys**2) / 2) / np.sqrt(2 * np.pi), label="base")
    ax.legend()
    return ax
