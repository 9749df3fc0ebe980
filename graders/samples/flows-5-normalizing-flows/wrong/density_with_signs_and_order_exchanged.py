# The layers are undone in the order in which they were applied, and the log-determinant of the forward map is added.
# In the figure the density is that of z, as if the map did not stretch anything.
# expect: flow-density FAILED
# expect: planar-line PARTIAL

# %% flow-density-code
def flow_log_density(y, layers):
    x, total = y, np.zeros(len(y))
    for keep, s, t in layers:
        x, logdet = coupling_inverse(x, keep, s, t)
        total = total - logdet
    return total - np.sum(x**2, axis=1) / 2 - x.shape[1] * np.log(2 * np.pi) / 2

# %% planar-line-code
def planar_line(ys, u, w, b):
    zs = np.array([brentq(lambda z: z + u * np.tanh(w * z + b) - y, y - 9, y + 9) for y in ys])
    _, ax = plt.subplots()
    ax.plot(ys, np.exp(-(zs**2) / 2) / np.sqrt(2 * np.pi), label="flow")
    ax.plot(ys, np.exp(-(ys**2) / 2) / np.sqrt(2 * np.pi), label="base")
    ax.set_xlabel("$y$")
    ax.set_ylabel("density")
    ax.legend()
    return ax
