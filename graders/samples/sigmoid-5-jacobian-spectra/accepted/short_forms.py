# Closed forms, written otherwise: tuples, numpy scalars, the Jacobian multiplied from the other side,
# adaptive quadrature.

# %% s-jj-code
def s_jj(z, L, p, sigma_w, kind):
    top = {"gaussian": 1, "orthogonal": 1 + z}[kind]
    return sigma_w ** (-2 * L) * (top / (z + p)) ** L

# %% jj-moments-code
def jj_moments(L, p, sigma_w, kind):
    m1 = np.exp(L * np.log(sigma_w * sigma_w * p))
    return m1, (L / p - (L if kind == "orthogonal" else 0)) * m1 * m1

# %% jj-spectrum-code
def jj_spectrum(N, L, p, sigma_w, kind, rng):
    # J^T instead of J: the same singular values, the last layer first
    transposed = np.eye(N)
    for _ in range(L):
        weights = rng.normal(0, 1 / np.sqrt(N), (N, N))
        if kind == "orthogonal":
            q, r = np.linalg.qr(weights)
            weights = q * np.sign(np.diag(r))
        on = rng.permutation(np.arange(N) < round(p * N))
        transposed = (sigma_w * weights.T * on) @ transposed
    return np.sort(np.linalg.svd(transposed)[1] ** 2)

# %% lam-max-code
def lam_max(L, p, kind):
    if kind == "gaussian":
        z = (1 - L + np.sqrt((L - 1) ** 2 + 4 * L * p)) / (2 * L)
        return np.exp(np.log1p(z) - np.log(z) + L * np.log1p(z / p))
    if p < 1 - 1 / L:
        return (1 - p) / p * float(L) ** L / float(L - 1) ** (L - 1)
    return p ** (-float(L))

# %% atoms-code
def atoms(L, p):
    return np.array([np.maximum(0, p * L - L + 1), p ** (-1.0 * L), 1 - p])

# %% var-smooth-code
from scipy.integrate import quad


def var_smooth(q, L, kind, dphi):
    def mean(power):
        def integrand(z):
            return dphi(np.sqrt(q) * z) ** power * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)

        return quad(integrand, -12, 12, epsabs=1e-12, epsrel=1e-12, limit=300)[0]

    ratio = mean(4) / mean(2) ** 2
    return L * ratio if kind == "gaussian" else L * ratio - L

# %% design-code
def design(L, target, kind, activation):
    p = {"gaussian": L / target, "orthogonal": L / (L + target)}[kind]
    if activation == "relu" or p >= 1:
        return None
    x = np.sqrt(2) * erfinv(p)
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return 1 / np.sqrt(p), np.sqrt((2 * density / x - 1 + p) / p), x**-2

# %% edge-figure-code
def edge_figure(depths, p):
    _, ax = plt.subplots()
    ax.plot(depths, [lam_max(int(L), p, "gaussian") for L in depths], label="Gaussian")
    ax.plot(depths, [lam_max(int(L), p, "orthogonal") for L in depths], label="orthogonal")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("$L$")
    ax.set_ylabel(r"$\lambda_{max}$")
    ax.legend()
    return ax
