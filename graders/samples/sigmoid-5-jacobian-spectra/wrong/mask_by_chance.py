# Each neuron is on with probability p: the count is random, and so is m1.
# expect: jj-spectrum FAILED

# %% jj-spectrum-code
def jj_spectrum(N, L, p, sigma_w, kind, rng):
    jacobian = np.eye(N)
    for _ in range(L):
        weights = rng.normal(size=(N, N)) / np.sqrt(N)
        if kind == "orthogonal":
            weights, _ = np.linalg.qr(weights)
        jacobian = sigma_w * weights @ jacobian
        jacobian[rng.random(N) > p] = 0
    return np.sort(np.linalg.svd(jacobian, compute_uv=False) ** 2)
