# Draws and shows, but returns nothing.
# expect: plot-depth FAILED

# %% plot-depth-code
def plot_depth(v0, gains, L):
    figure, axes = plt.subplots()
    layers = np.arange(L + 1)
    for gain in gains:
        axes.semilogy(layers, v0 * gain**layers, label=f"{gain:g}")
    axes.set_xlabel("layer")
    axes.set_ylabel("mean square")
    axes.legend()
    plt.show()
