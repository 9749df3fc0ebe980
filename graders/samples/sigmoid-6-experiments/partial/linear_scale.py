# Everything is right but the vertical scale.
# expect: plot-spectrum PARTIAL

# %% plot-spectrum-code
def plot_spectrum(s, edges, L):
    _, ax = plt.subplots()
    ax.hist(s, bins=edges, density=True, label="measured")
    grid = np.linspace(edges[1] / 2, min(edges[-1], np.sqrt((L + 1) * (1 + 1 / L) ** L)), 400)
    ax.plot(grid, 2 * grid * deep_density(grid**2, L), label="theory")
    ax.set(xlabel="singular value", ylabel="density")
    ax.legend()
    return ax
