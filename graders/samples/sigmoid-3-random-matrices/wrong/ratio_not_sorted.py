# The levels are not sorted; the ratio of the means instead of the mean of the ratios.
# expect: mean-ratio FAILED
# expect: repulsion FAILED

# %% mean-ratio-code
def mean_ratio(levels):
    gaps = np.abs(np.diff(levels))
    return np.minimum(gaps[1:], gaps[:-1]).mean() / np.maximum(gaps[1:], gaps[:-1]).mean()

# %% repulsion-code
def repulsion(kind, N, samples, rng):
    # one spectrum, many times
    M = rng.standard_normal((N, N))
    levels = rng.random(N) if kind == "poisson" else np.linalg.eigvalsh(M + M.T)
    gaps = np.diff(np.sort(levels))
    ratio = np.mean(np.minimum(gaps[1:], gaps[:-1]) / np.maximum(gaps[1:], gaps[:-1]))
    return np.full(samples, ratio)
