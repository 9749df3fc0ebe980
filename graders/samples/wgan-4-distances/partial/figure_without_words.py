# The lines are right; the axes bear no names.
# expect: distance-curves PARTIAL

# %% distance-curves-code
def distance_curves(thetas, w):
    _, ax = plt.subplots()
    for name, column in (("JS", 2), ("TV", 3), ("W1", 4)):
        ax.plot(thetas, [shifted(theta, w)[column] for theta in thetas], label=name)
    ax.legend()
    return ax
