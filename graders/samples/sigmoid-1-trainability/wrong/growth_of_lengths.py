# Mean length in place of mean square: adds sigma where sigma^2 belongs, and takes roots.
# expect: lin-scatter FAILED
# expect: res FAILED
# expect: res-nets FAILED

# %% lin-scatter-code
def lin_scatter(N, L):
    return L * np.sqrt(2 / N)

# %% res-code
def res(sigma, L):
    return (1 + sigma) ** L

# %% res-nets-code
def res_nets(sigma, L, N, nets, rng):
    growth = []
    for _ in range(nets):
        h = np.ones(N)
        for _ in range(L):
            h = h + sigma * rng.normal(0, 1 / np.sqrt(N), (N, N)) @ h
        growth.append(np.linalg.norm(h) / np.sqrt(N))
    return np.array(growth)
