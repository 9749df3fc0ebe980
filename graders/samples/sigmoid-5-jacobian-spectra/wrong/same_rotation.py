# The masks act on the same coordinates: one draw of the mask, and no rotation between (W is the identity).
# expect: jj-spectrum PARTIAL

# %% jj-spectrum-code
def jj_spectrum(N, L, p, sigma_w, kind, rng):
    jacobian = np.eye(N)
    off = rng.permutation(N)[round(p * N) :]
    for _ in range(L):
        weights = rng.normal(size=(N, N)) / np.sqrt(N) if kind == "gaussian" else np.eye(N)
        jacobian = sigma_w * weights @ jacobian
        jacobian[off] = 0
    return np.sort(np.linalg.svd(jacobian, compute_uv=False) ** 2)
