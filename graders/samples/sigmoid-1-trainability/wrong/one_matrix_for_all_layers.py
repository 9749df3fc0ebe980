# Draws one matrix a network and uses it in every block: the growth is far larger.
# expect: res-nets FAILED

# %% res-nets-code
def res_nets(sigma, L, N, nets, rng):
    growth = []
    for _ in range(nets):
        W = rng.normal(0, 1 / np.sqrt(N), (N, N))
        h = np.ones(N)
        for _ in range(L):
            h = h + sigma * W @ h
        growth.append(h @ h / N)
    return np.array(growth)
