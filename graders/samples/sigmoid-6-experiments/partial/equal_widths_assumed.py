# The counts are divided by the width of the first bin, and the theory forgets the factor 2 s.
# expect: plot-spectrum PARTIAL

# %% plot-spectrum-code
def plot_spectrum(s, edges, L):
    _, ax = plt.subplots()
    heights = np.histogram(s, edges)[0] / len(s) / (edges[1] - edges[0])
    ax.bar((edges[1:] + edges[:-1]) / 2, heights, np.diff(edges), label="measured")
    grid = np.linspace(edges[1] / 2, edges[-1], 400)
    ax.plot(grid, deep_density(grid**2, L), label="theory")
    ax.set_yscale("log")
    ax.set(xlabel="singular value", ylabel="density")
    ax.legend()
    return ax
