# The three lines are there, each with another's label.
# expect: distance-curves PARTIAL

# %% distance-curves-code
def distance_curves(thetas, w):
    ax = point_mass_curves(thetas)
    for line, column in zip(ax.get_lines(), (3, 4, 2)):
        line.set_ydata([shifted(theta, w)[column] for theta in thetas])
    return ax
