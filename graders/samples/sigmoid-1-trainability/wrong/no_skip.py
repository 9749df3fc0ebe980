# Leaves out the skip connection, and sums variances without the width.
# expect: lin-var FAILED
# expect: res FAILED
# expect: res-nets FAILED

# %% lin-var-code
def lin_var(v0, N, s2, L):
    return v0 * s2**L

# %% res-code
def res(sigma, L):
    return sigma ** (2 * L)

# %% res-nets-code
def res_nets(sigma, L, N, nets, rng):
    growth = []
    for _ in range(nets):
        h = np.ones(N)
        for _ in range(L):
            h = sigma * rng.normal(0, 1 / np.sqrt(N), (N, N)) @ h
        growth.append(h @ h / N)
    return np.array(growth)
