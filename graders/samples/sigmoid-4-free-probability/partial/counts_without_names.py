# A histogram of counts instead of a density, and no names; the line is right.
# expect: plot-sign-sum PARTIAL

# %% plot-sign-sum-code
def plot_sign_sum(a, b, N, bins, rng):
    _, ax = plt.subplots()
    ax.hist(sign_spectrum(a, b, N, rng), bins=bins, range=(-a - b, a + b))
    x = np.linspace(-(a + b), a + b, 2001)[1:-1]
    with np.errstate(all="ignore"):
        ax.plot(x, np.abs(x) / np.pi / np.sqrt((x**2 - (a - b) ** 2) * ((a + b) ** 2 - x**2)), label="limit")
    return ax
