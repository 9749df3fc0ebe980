# Everything is computed and shown; nothing is returned.
# expect: gap FAILED
# expect: sc-moment FAILED
# expect: mean-ratio FAILED
# expect: mp-figure FAILED
# expect: spacing-sample FAILED
# expect: repulsion FAILED

# %% gap-code
def gap(A, C, D):
    print(np.hypot(A - D, 2 * C))

# %% sc-moment-code
def sc_moment(k, R):
    print(0.0 if k % 2 else comb(k, k // 2) / (k // 2 + 1) * (R / 2) ** k)

# %% mean-ratio-code
def mean_ratio(levels):
    gaps = np.diff(np.sort(levels))
    print(np.mean(np.minimum(gaps[1:], gaps[:-1]) / np.maximum(gaps[1:], gaps[:-1])))

# %% mp-figure-code
def mp_figure(p, n, s2, xs, rng):
    plt.hist(wishart_spectrum(p, n, s2, rng), bins=30, density=True)
    plt.plot(xs, mp_density(xs, s2, p / n), label="limit")
    plt.xlabel("eigenvalue")
    plt.ylabel("density")
    plt.show()
