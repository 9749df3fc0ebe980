# The predicted figure is returned for every net, and the predicted depth scale: nothing is measured.
# expect: layer-chi FAILED
# expect: measure-xi FAILED

# %% layer-chi-code
def layer_chi(q, sigma_w, sigma_b, N, nets, rng):
    chi = sigma_w**2 * gaussian_mean(lambda z: np.cosh(np.sqrt(q) * z) ** -4.0)
    return np.full(nets, chi)

# %% measure-xi-code
def measure_xi(sigma_w, sigma_b, N, depth, nets, rng):
    return -1 / np.log(qstar_chi(sigma_w, sigma_b)[1])
