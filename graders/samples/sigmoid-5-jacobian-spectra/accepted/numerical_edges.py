# Numerics instead of algebra: log S, moments from differences of it, the edge by a bounded search and the
# soft edge's absence by a limit, q by bisection, Gauss-Legendre for the means.

# %% s-jj-code
def s_jj(z, L, p, sigma_w, kind):
    z = np.asarray(z, dtype=float)
    log_s = -L * np.log(z + p) - 2 * L * np.log(sigma_w)
    if kind == "orthogonal":
        log_s = log_s + L * np.log(1 + z)
    return np.exp(log_s)

# %% jj-moments-code
def jj_moments(L, p, sigma_w, kind):
    # The recursion over layers: m1 multiplies, the second moment follows from free multiplication.
    first, second = 1.0, 1.0
    for _ in range(L):
        for m1, m2 in ((p, p), (sigma_w**2, sigma_w**4 * (2 if kind == "gaussian" else 1))):
            # tr (ab)^2 = m2(a) m1(b)^2 + m1(a)^2 m2(b) - m1(a)^2 m1(b)^2
            second = second * m1**2 + first**2 * m2 - first**2 * m1**2
            first = first * m1
    return np.array([first, second - first**2])

# %% jj-spectrum-code
def jj_spectrum(N, L, p, sigma_w, kind, rng):
    product = np.eye(N)
    for _ in range(L):
        gauss = rng.standard_normal((N, N))
        if kind == "gaussian":
            weights = sigma_w / N**0.5 * gauss
        else:
            left, _, right = np.linalg.svd(gauss)
            weights = sigma_w * left @ right
        mask = np.zeros(N)
        mask[rng.choice(N, size=round(p * N), replace=False)] = 1
        product = np.diag(mask) @ weights @ product
    return np.sort(np.clip(np.linalg.eigvalsh(product @ product.T), 0, None))

# %% lam-max-code
def lam_max(L, p, kind):
    if kind == "orthogonal":
        if p == 1 or L * (1 - p) <= 1:
            return (1 / p) ** L
        slope = np.polynomial.Polynomial([-p, L - 1 - L * p])
    else:
        slope = np.polynomial.Polynomial([-p, L - 1, L])
    z = max(root.real for root in slope.roots())
    return (1 + z) / (z * s_jj(z, L, p, p**-0.5, kind))

# %% atoms-code
def atoms(L, p):
    dimension = 1.0
    for _ in range(L):
        dimension = dimension - (1 - p)
    return (dimension if dimension > 0 else 0), (1 / p) ** L, 1 - p

# %% var-smooth-code
NODES, WEIGHTS = np.polynomial.legendre.leggauss(600)


def var_smooth(q, L, kind, dphi):
    z = 10 * NODES
    density = 10 * WEIGHTS * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    squares = dphi(z * q**0.5) ** 2
    mean = density @ squares
    # the variance of the squares themselves, so that nothing cancels
    relative = density @ (squares - mean) ** 2 / mean**2
    return L * (relative + (kind == "gaussian"))

# %% design-code
def design(L, target, kind, activation):
    if activation != "hard tanh" or (kind == "gaussian" and not target > L):
        return None

    def variance(q):
        p = erf(1 / np.sqrt(2 * q))
        return L / p if kind == "gaussian" else L * (1 - p) / p

    q = brentq(lambda q: variance(q) - target, 0.02, 200, xtol=1e-14)
    p = erf(1 / np.sqrt(2 * q))
    square = q * p - np.sqrt(2 * q / np.pi) * np.exp(-1 / (2 * q)) + 1 - p
    return [p**-0.5, np.sqrt(q - square / p), q]

# %% edge-figure-code
def edge_figure(depths, p):
    fig = plt.figure()
    ax = fig.add_subplot()
    every = np.arange(max(depths), 0, -1)
    ax.loglog(every, [lam_max(L, p, "orthogonal") for L in every.tolist()], label="Orthogonal weights")
    ax.loglog(every, [lam_max(L, p, "gaussian") for L in every.tolist()], "--", label="Gaussian weights")
    ax.set_xlabel("depth")
    ax.set_ylabel("λ max")
    return ax
