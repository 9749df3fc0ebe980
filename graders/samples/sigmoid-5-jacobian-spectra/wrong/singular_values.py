# Singular values of J instead of their squares, everywhere.
# expect: jj-spectrum FAILED
# expect: lam-max FAILED
# expect: edge-figure PARTIAL

# %% jj-spectrum-code
def jj_spectrum(N, L, p, sigma_w, kind, rng):
    jacobian = np.eye(N)
    for _ in range(L):
        weights = rng.normal(size=(N, N)) / np.sqrt(N)
        if kind == "orthogonal":
            weights, _ = np.linalg.qr(weights)
        jacobian = sigma_w * weights @ jacobian
        jacobian[rng.permutation(N)[round(p * N) :]] = 0
    return np.linalg.svd(jacobian, compute_uv=False)[::-1]

# %% lam-max-code
def lam_max(L, p, kind):
    if kind == "gaussian":
        z = (1 - L + np.sqrt((L - 1) ** 2 + 4 * L * p)) / (2 * L)
        return np.sqrt((1 + z) / z * (1 + z / p) ** L)
    if L * (1 - p) > 1:
        return np.sqrt((1 - p) / p * L**L / (L - 1) ** (L - 1))
    return p ** (-L / 2)
