# The Catalan number C_k instead of C_{k/2}, odd moments included; and a spectrum that grows with N.
# expect: sc-moment FAILED
# expect: goe PARTIAL

# %% sc-moment-code
def sc_moment(k, R):
    return comb(2 * k, k) / (k + 1) * (R / 2) ** k if k else 2.0

# %% goe-code
def goe(N, R, rng):
    A = rng.standard_normal((N, N))
    return R * (A + A.T) / 2
