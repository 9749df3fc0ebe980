# Forgets the factor 1/sqrt(N) in the residual branch.
# expect: res-nets FAILED

# %% res-nets-code
def res_nets(sigma, L, N, nets, rng):
    growth = []
    for _ in range(nets):
        h = np.ones(N)
        for _ in range(L):
            h = h + sigma * rng.normal(size=(N, N)) @ h
        growth.append(h @ h / N)
    return np.array(growth)
