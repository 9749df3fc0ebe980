# A histogram of counts beside a density; the vertical axis says so.
# expect: mp-figure PARTIAL

# %% mp-figure-code
def mp_figure(p, n, s2, xs, rng):
    _, ax = plt.subplots()
    ax.hist(wishart_spectrum(p, n, s2, rng), bins=30)
    ax.plot(xs, mp_density(xs, s2, p / n), label="limit")
    ax.set_xlabel("eigenvalue")
    ax.set_ylabel("count")
    return ax
