# The change of variables without the half for two signs, no names, and a figure that stops at the gap's edge.
# expect: plot-sign-sum FAILED

# %% plot-sign-sum-code
def plot_sign_sum(a, b, N, bins, rng):
    _, ax = plt.subplots()
    ax.hist(np.abs(sign_spectrum(a, b, N, rng)), bins=bins, density=True)
    x = np.linspace(abs(a - b), a + b, 500)[1:-1]
    ax.plot(x, 2 * x / np.pi / np.sqrt((x**2 - (a - b) ** 2) * ((a + b) ** 2 - x**2)))
    return ax
