# Orthogonal is right; the Gaussian weights lack their 1 / sqrt(N).
# expect: jj-spectrum PARTIAL

# %% jj-spectrum-code
def jj_spectrum(N, L, p, sigma_w, kind, rng):
    jacobian = np.eye(N)
    for _ in range(L):
        weights = rng.normal(size=(N, N))
        if kind == "orthogonal":
            weights, _ = np.linalg.qr(weights)
        jacobian = sigma_w * weights @ jacobian
        jacobian[rng.permutation(N)[round(p * N) :]] = 0
    return np.sort(np.linalg.svd(jacobian, compute_uv=False) ** 2)
