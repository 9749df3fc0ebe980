# The density of the square is drawn, and nothing is returned but the figure's bars.
# expect: plot-sign-sum FAILED

# %% plot-sign-sum-code
def plot_sign_sum(a, b, N, bins, rng):
    counts, edges, bars = plt.hist(sign_spectrum(a, b, N, rng) ** 2, bins=bins, density=True, label="sampled")
    u = np.linspace((a - b) ** 2, (a + b) ** 2, 500)[1:-1]
    plt.plot(u, 1 / np.pi / np.sqrt((u - (a - b) ** 2) * ((a + b) ** 2 - u)), label="limit")
    plt.legend()
    return counts
