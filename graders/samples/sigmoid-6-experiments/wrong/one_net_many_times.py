# The generator is made anew in the loop: all nets are the same net.
# expect: layer-chi FAILED

# %% layer-chi-code
def layer_chi(q, sigma_w, sigma_b, N, nets, rng):
    seed = rng.integers(2**32)
    measured = []
    for _ in range(nets):
        rng = np.random.default_rng(seed)
        W = rng.normal(0, sigma_w / np.sqrt(N), (N, N))
        x = np.full(N, np.sqrt(q - sigma_b**2) / sigma_w)
        h = W @ x + rng.normal(0, sigma_b, N)
        measured.append(np.sum(((1 - np.tanh(h) ** 2)[:, None] * W) ** 2) / N)
    return np.array(measured)
