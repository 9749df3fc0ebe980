# The critical line of erf(x) instead of erf(sqrt(pi) x / 2): what one gets by copying a formula for another erf.
# expect: critical-erf FAILED

# %% critical-erf-code
def critical_erf(q):
    sigma_w2 = np.sqrt(1 + 4 * q)
    return sigma_w2, q - sigma_w2 * 2 / np.pi * np.arcsin(2 * q / (1 + 2 * q))
