# One sample is drawn and used again and again: the replicates do not differ, the power is 0 or 1.
# expect: ksd-replicates FAILED
# expect: power FAILED

# %% ksd-replicates-code
def ksd_replicates(m, s, h, n, reps, rng):
    X = rng.normal(m, s, size=(n, 1))
    return np.array([ksd_u(X, normal_score, h) for _ in range(reps)])

# %% power-code
def power(m, s, h, n, trials, rng, B=99, alpha=0.05):
    X = rng.normal(m, s, size=(n, 1))
    u = stein_kernel(X, X, normal_score, h)
    statistic = (np.sum(u) - np.trace(u)) / (n * (n - 1))
    rejected = 0
    for _ in range(trials):
        resampled = bootstrap(u, rng.multinomial(n, np.full(n, 1 / n), size=B))
        rejected += (1 + np.sum(resampled >= statistic)) / (B + 1) <= alpha
    return float(rejected / trials)
