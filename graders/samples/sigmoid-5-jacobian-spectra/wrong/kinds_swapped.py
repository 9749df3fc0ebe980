# Gaussian and orthogonal are exchanged throughout.
# expect: s-jj FAILED
# expect: jj-moments PARTIAL
# expect: jj-spectrum FAILED
# expect: lam-max FAILED
# expect: var-smooth FAILED
# expect: edge-figure PARTIAL

# %% s-jj-code
def s_jj(z, L, p, sigma_w, kind):
    return ((1 + z if kind == "gaussian" else 1) / (z + p) / sigma_w**2) ** L

# %% jj-moments-code
def jj_moments(L, p, sigma_w, kind):
    m1 = (sigma_w**2 * p) ** L
    return m1, m1**2 * L * ((1 - p) / p if kind == "gaussian" else 1 / p)

# %% jj-spectrum-code
def jj_spectrum(N, L, p, sigma_w, kind, rng):
    jacobian = np.eye(N)
    for _ in range(L):
        weights = rng.normal(size=(N, N)) / np.sqrt(N)
        if kind == "gaussian":
            weights, _ = np.linalg.qr(weights)
        jacobian = sigma_w * weights @ jacobian
        jacobian[rng.permutation(N)[round(p * N) :]] = 0
    return np.sort(np.linalg.svd(jacobian, compute_uv=False) ** 2)

# %% lam-max-code
def lam_max(L, p, kind):
    if kind == "orthogonal":
        z = (1 - L + np.sqrt((L - 1) ** 2 + 4 * L * p)) / (2 * L)
        return (1 + z) / z * (1 + z / p) ** L
    if L * (1 - p) > 1:
        return (1 - p) / p * L**L / (L - 1) ** (L - 1)
    return p**-L

# %% var-smooth-code
def var_smooth(q, L, kind, dphi):
    mu1, mu2 = (gaussian_mean(lambda z, k=k: dphi(np.sqrt(q) * z) ** (2 * k)) for k in (1, 2))
    return L * (mu2 / mu1**2 - (kind == "gaussian"))
