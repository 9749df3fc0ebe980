# E phi' for E phi'^2: the Jacobian is scaled by the square root of the slope.
# expect: layer-chi FAILED

# %% layer-chi-code
def layer_chi(q, sigma_w, sigma_b, N, nets, rng):
    measured = []
    for _ in range(nets):
        W = rng.normal(0, sigma_w / np.sqrt(N), (N, N))
        h = np.sqrt(q) * rng.standard_normal(N)
        measured.append(np.sum((1 - np.tanh(h) ** 2)[:, None] * W**2) / N)
    return np.array(measured)
