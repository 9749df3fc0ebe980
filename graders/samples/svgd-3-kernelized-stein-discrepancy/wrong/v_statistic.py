# The average over all n^2 pairs, each point against itself included.
# expect: ksd-u FAILED
# expect: ksd-replicates FAILED

# %% ksd-u-code
def ksd_u(X, score, h):
    return float(np.mean(stein_kernel(X, X, score, h)))
