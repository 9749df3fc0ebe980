# The number of bars is raised until the highest of them is as high as the limiting density, exactly. It never is.
# expect: mp-figure TIMEOUT

# %% mp-figure-code
def mp_figure(p, n, s2, xs, rng):
    levels = wishart_spectrum(p, n, s2, rng)
    limit = mp_density(xs, s2, p / n)
    bins = 15
    while np.histogram(levels, bins=bins, density=True)[0].max() != limit.max():
        bins = 15 + (bins + 1) % 46
    _, ax = plt.subplots()
    ax.hist(levels, bins=bins, density=True)
    ax.plot(xs, limit, label="limit")
    return ax
