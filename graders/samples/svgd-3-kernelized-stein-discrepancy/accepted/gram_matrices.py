# Gram matrices in place of differences; zeta_1 from the closed form of the projection; scipy's distances.

# %% stein-kernel-code
def stein_kernel(X, Y, score, h):
    from scipy.spatial.distance import cdist

    sq = cdist(X, Y, "sqeuclidean")
    a, b = score(X), score(Y)
    own_x, own_y = (X * a).sum(axis=1), (Y * b).sum(axis=1)
    mixed = own_x[:, None] + own_y[None, :] - a @ Y.T - X @ b.T
    h2 = h * h
    return np.exp(-0.5 * sq / h2) * (a @ b.T + mixed / h2 + X.shape[1] / h2 - sq / h2**2)

# %% ksd-u-code
def ksd_u(X, score, h):
    u = stein_kernel(X, X, score, h)
    return u[~np.eye(len(X), dtype=bool)].mean()

# %% population-ksd2-code
def population_ksd2(m, s, h):
    # the tilted variance over the common denominator
    w = h**2 + 2 * s**2
    inner = w * (m**2 + s**2 / 2 + 1 / h**2) - 2 * s**2 * (h**2 / 4 + 1 + 1 / h**2)
    return h * inner / w**1.5

# %% hoeffding-code
def hoeffding(m, s, h):
    # mean over x' in closed form: given x the tilted x' is normal with mean a and variance t
    x = m + s * np.linspace(-9, 9, 1201)
    p = np.exp(-((x - m) ** 2) / 2 / s**2)
    p = p / p.sum()
    t = 1 / (1 / s**2 + 1 / h**2)
    a = t * (m / s**2 + x / h**2)
    norm = np.sqrt(t) / s * np.exp(-((x - m) ** 2) / 2 / (s**2 + h**2))
    gap = (x - a) ** 2 + t
    bar = norm * (x * a - gap / h**2 + 1 / h**2 - gap / h**4)
    u = stein_kernel(x[:, None], x[:, None], normal_score, h)
    mean = p @ bar
    return p @ bar**2 - mean**2, p @ u**2 @ p - mean**2

# %% bootstrap-code
def bootstrap(u, counts):
    w = (counts - 1.0) / u.shape[0]
    return np.einsum("bi,ij,bj->b", w, u, w) - w**2 @ u.diagonal()

# %% power-code
def power(m, s, h, n, trials, rng, B=99, alpha=0.05):
    p_values = np.empty(trials)
    for t in range(trials):
        X = m + s * rng.standard_normal((n, 1))
        u = stein_kernel(X, X, normal_score, h)
        drawn = rng.integers(n, size=(B, n))
        counts = (drawn[:, :, None] == np.arange(n)).sum(axis=1)
        stars = bootstrap(u, counts)
        U = (u.sum() - u.trace()) / n / (n - 1)
        p_values[t] = (1 + np.count_nonzero(stars >= U)) / (1 + B)
    return np.mean(p_values <= alpha)
