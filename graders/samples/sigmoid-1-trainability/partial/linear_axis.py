# The right curves on a linear axis, without names.
# expect: plot-depth PARTIAL

# %% plot-depth-code
def plot_depth(v0, gains, L):
    figure, axes = plt.subplots()
    for gain in gains:
        axes.plot([v0 * gain**layer for layer in range(L + 1)], label=f"{gain:g}")
    axes.legend()
    return axes
