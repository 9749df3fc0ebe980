# The radius stands where half of it belongs; and each matrix is the same one.
# expect: sc-moment PARTIAL
# expect: goe FAILED
# expect: repulsion PARTIAL

# %% sc-moment-code
def sc_moment(k, R):
    if k % 2:
        return 0.0
    return comb(k, k // 2) / (k // 2 + 1) * R**k

# %% goe-code
def goe(N, R, rng):
    A = np.random.default_rng(0).standard_normal((N, N))
    return R * (A + A.T) / np.sqrt(2 * N)
