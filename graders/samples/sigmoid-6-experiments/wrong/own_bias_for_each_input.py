# The weights are shared, but each input gets a bias of its own: c stops short of one.
# expect: measure-xi PARTIAL

# %% measure-xi-code
def measure_xi(sigma_w, sigma_b, N, depth, nets, rng):
    q, _ = qstar_chi(sigma_w, sigma_b)
    layers = np.empty((nets, depth, N, 2))
    for net in layers:
        pair = rng.standard_normal((N, 2))
        pair[:, 1] = 0.9 * pair[:, 0] + np.sqrt(0.19) * pair[:, 1]
        net[0] = np.sqrt(q) * pair
        for l in range(1, depth):
            W = rng.normal(0, sigma_w / np.sqrt(N), (N, N))
            net[l] = W @ np.tanh(net[l - 1]) + rng.normal(0, sigma_b, (N, 2))
    return fit_xi(layers)
