# The decay of the distance |u1 - u2| for the decay of 1 - c: a factor of two. Measured from the global
# generator besides, so that the seed does not matter.
# expect: fit-xi FAILED
# expect: measure-xi FAILED

# %% fit-xi-code
def fit_xi(layers):
    unit = layers / np.linalg.norm(layers, axis=2, keepdims=True)
    distance = np.linalg.norm(unit[..., 0] - unit[..., 1], axis=2)
    return -1 / np.polyfit(np.arange(distance.shape[1]), np.log(distance).mean(axis=0), 1)[0]

# %% measure-xi-code
def measure_xi(sigma_w, sigma_b, N, depth, nets, rng):
    q, _ = qstar_chi(sigma_w, sigma_b)
    layers = np.empty((nets, depth, N, 2))
    for net in layers:
        pair = np.random.randn(N, 2)
        pair[:, 1] = 0.9 * pair[:, 0] + np.sqrt(0.19) * pair[:, 1]
        net[0] = np.sqrt(q) * pair
        for l in range(1, depth):
            W = np.random.randn(N, N) * sigma_w / np.sqrt(N)
            net[l] = W @ np.tanh(net[l - 1]) + sigma_b * np.random.randn(N, 1)
    return fit_xi(layers)
