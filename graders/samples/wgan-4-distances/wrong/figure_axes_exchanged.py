# theta goes up and the distances across.
# expect: distance-curves FAILED

# %% distance-curves-code
def distance_curves(thetas, w):
    values = np.array([shifted(theta, w) for theta in thetas])
    _, ax = plt.subplots()
    for column, name in ((2, "JS"), (3, "TV"), (4, "W1")):
        ax.plot(values[:, column], thetas, label=name)
    ax.set_xlabel("distance")
    ax.set_ylabel(r"$\theta$")
    ax.legend()
    return ax
