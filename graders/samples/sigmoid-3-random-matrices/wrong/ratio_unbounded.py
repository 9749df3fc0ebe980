# The plain ratio of neighbouring gaps, not the smaller to the larger one.
# expect: mean-ratio FAILED
# expect: repulsion FAILED

# %% mean-ratio-code
def mean_ratio(levels):
    gaps = np.diff(np.sort(levels))
    return float(np.mean(gaps[1:] / gaps[:-1]))
