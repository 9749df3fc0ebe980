# The spread of a sample, with n - 1.
# expect: spread FAILED

# %% spread-code
def spread(x):
    return float(np.std(x, ddof=1)) if x.size > 1 else 0.0
