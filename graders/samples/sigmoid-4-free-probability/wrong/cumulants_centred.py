# The mean is thought to be zero, and only kappa_2 and kappa_4 are corrected.
# expect: free-cumulants FAILED

# %% free-cumulants-code
def free_cumulants(m):
    kappa = np.array(m, dtype=float)
    if len(m) > 3:
        kappa[3] = m[3] - 2 * m[1] ** 2
    return kappa
