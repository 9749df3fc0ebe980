# The semicircle is drawn beside the eigenvalues, in counts, without names.
# expect: mp-figure FAILED

# %% mp-figure-code
def mp_figure(p, n, s2, xs, rng):
    _, ax = plt.subplots()
    ax.hist(wishart_spectrum(p, n, s2, rng), bins=30)
    ax.plot(xs, np.sqrt(np.maximum(4 - xs**2, 0)) / (2 * np.pi), label="limit")
    return ax
