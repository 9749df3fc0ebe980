# The p-value counts the small bootstrap values, so the test accepts where it should reject; and the figure shows
# KSD where its square is asked for, under the right names.
# expect: power FAILED
# expect: ksd-figure PARTIAL

# %% power-code
def power(m, s, h, n, trials, rng, B=99, alpha=0.05):
    rejected = 0
    for _ in range(trials):
        X = rng.normal(m, s, size=(n, 1))
        u = stein_kernel(X, X, normal_score, h)
        statistic = (np.sum(u) - np.trace(u)) / (n * (n - 1))
        resampled = bootstrap(u, rng.multinomial(n, np.full(n, 1 / n), size=B))
        rejected += (1 + np.sum(resampled <= statistic)) / (B + 1) <= alpha
    return float(rejected / trials)

# %% ksd-figure-code
def ksd_figure(Z, ms, hs):
    _, ax = plt.subplots()
    for h in hs:
        root = np.sqrt([population_ksd2(m, 1.0, h) for m in ms])
        ax.plot(ms, root, label=f"h = {h:g}")
        ax.plot(ms, np.sqrt(np.abs([ksd_u(Z + m, normal_score, h) for m in ms])), "o", label=f"U, h = {h:g}")
    ax.set_xlabel("$m$")
    ax.set_ylabel("KSD$^2$")
    ax.legend()
    return ax
