# Classical cumulants: the same up to the third.
# expect: free-cumulants FAILED

# %% free-cumulants-code
def free_cumulants(m):
    kappa = np.zeros(len(m))
    for n in range(1, len(m) + 1):
        kappa[n - 1] = m[n - 1] - sum(comb(n - 1, s - 1) * kappa[s - 1] * m[n - s - 1] for s in range(1, n))
    return kappa
