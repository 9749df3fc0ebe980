# The arcsine law of a = b = 1, stretched to the right ends: there is no gap in it.
# expect: plot-sign-sum PARTIAL

# %% plot-sign-sum-code
def plot_sign_sum(a, b, N, bins, rng):
    _, ax = plt.subplots()
    ax.hist(sign_spectrum(a, b, N, rng), bins=bins, range=(-a - b, a + b), density=True, label="sampled")
    x = np.linspace(-(a + b), a + b, 1001)[1:-1]
    ax.plot(x, 1 / (np.pi * np.sqrt((a + b) ** 2 - x**2)), label="limit")
    ax.set_xlabel("eigenvalue")
    ax.set_ylabel("density")
    ax.legend()
    return ax
