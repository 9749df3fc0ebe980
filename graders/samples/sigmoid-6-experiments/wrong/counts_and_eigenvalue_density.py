# Counts for a density, and the density of the eigenvalues drawn over singular values, on a linear axis.
# expect: plot-spectrum FAILED

# %% plot-spectrum-code
def plot_spectrum(s, edges, L):
    _, ax = plt.subplots()
    ax.hist(s, bins=edges, label="measured")
    grid = np.linspace(edges[1] / 2, edges[-1], 400)
    ax.plot(grid, deep_density(grid**2, L), label="theory")
    ax.set_xlabel("singular value")
    ax.set_ylabel("density")
    ax.legend()
    return ax
