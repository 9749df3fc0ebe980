# The input, not the pre-activation, is given the length q.
# expect: layer-chi FAILED

# %% layer-chi-code
def layer_chi(q, sigma_w, sigma_b, N, nets, rng):
    measured = []
    for _ in range(nets):
        W = rng.normal(0, sigma_w / np.sqrt(N), (N, N))
        h = W @ np.full(N, np.sqrt(q)) + rng.normal(0, sigma_b, N)
        measured.append(np.sum(((1 - np.tanh(h) ** 2)[:, None] * W) ** 2) / N)
    return np.array(measured)
