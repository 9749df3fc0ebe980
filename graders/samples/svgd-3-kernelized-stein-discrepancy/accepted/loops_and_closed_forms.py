# Loops over pairs in place of arrays; the closed form by moments of the tilted difference; the two zetas by
# one long Gauss-Legendre rule; all trials of the test at once.

# %% stein-kernel-code
def stein_kernel(X, Y, score, h):
    sx, sy = score(X), score(Y)
    d = X.shape[1]
    out = np.empty((len(X), len(Y)))
    for i in range(len(X)):
        for j in range(len(Y)):
            r = (X[i] - Y[j]) / h
            k = np.exp(-(r @ r) / 2)
            grad_x, grad_y = -k * r / h, k * r / h
            trace = k * (d - r @ r) / h**2
            out[i, j] = k * (sx[i] @ sy[j]) + sx[i] @ grad_y + sy[j] @ grad_x + trace
    return out

# %% ksd-u-code
def ksd_u(X, score, h):
    u = stein_kernel(X, X, score, h)
    n = len(X)
    return sum(u[i, j] for i in range(n) for j in range(i)) * 2 / (n * (n - 1))

# %% population-ksd2-code
def population_ksd2(m, s, h):
    # E k, E k d^2 for d = x - x' ~ N(0, 2 s^2)
    k0 = (1 + 2 * s**2 / h**2) ** -0.5
    k2 = k0**3 * 2 * s**2
    return k0 * (m**2 + s**2 / 2 + 1 / h**2) - k2 * (1 / 4 + 1 / h**2 + 1 / h**4)

# %% hoeffding-code
def hoeffding(m, s, h):
    z, w = np.polynomial.legendre.leggauss(200)
    z = 8.5 * z
    w = 8.5 * w * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    x = m + s * z
    gap = (x[:, None] - x) ** 2
    u = np.exp(-gap / 2 / h**2) * (np.outer(x, x) - gap / h**2 + 1 / h**2 - gap / h**4)
    first, second, mean = w @ (u @ w) ** 2, w @ u**2 @ w, w @ u @ w
    return max(first - mean**2, 0), second - mean**2

# %% ksd-replicates-code
def ksd_replicates(m, s, h, n, reps, rng):
    x = m + s * rng.standard_normal((n, reps))
    total = np.zeros(reps)
    for i in range(n):
        for j in range(i):
            gap = (x[i] - x[j]) ** 2
            poly = x[i] * x[j] - gap / h**2 + 1 / h**2 - gap / h**4
            total = total + np.exp(-gap / 2 / h**2) * poly
    return total / (n * (n - 1) / 2)

# %% ksd-figure-code
def ksd_figure(Z, ms, hs):
    fig = plt.figure()
    ax = fig.add_subplot()
    for h in hs:
        ax.scatter(ms, [ksd_u(Z + m, normal_score, h) for m in ms], label="U, h = %g" % h)
    for h in hs:
        ax.plot(ms, [population_ksd2(m, 1, h) for m in ms], "--", label="h = %g" % h)
    ax.set(xlabel="mean $m$ of $q$", ylabel=r"$\mathrm{KSD}^2$")
    ax.legend()
    return ax

# %% bootstrap-code
def bootstrap(u, counts):
    n = len(u)
    values = []
    for row in counts:
        w = row / n - 1 / n
        values.append(w @ u @ w - np.sum(w**2 * np.diag(u)))
    return np.array(values)

# %% power-code
def power(m, s, h, n, trials, rng, B=99, alpha=0.05):
    # all trials at once
    x = m + s * rng.standard_normal((trials, n))
    gap = (x[:, :, None] - x[:, None, :]) ** 2
    u = x[:, :, None] * x[:, None, :] - gap / h**2 + 1 / h**2 - gap / h**4
    u = u * np.exp(-gap / 2 / h**2)
    u[:, range(n), range(n)] = 0
    w = rng.multinomial(n, [1 / n] * n, size=(trials, B)) / n - 1 / n
    stars = np.einsum("tbi,tij,tbj->tb", w, u, w, optimize=True)
    larger = np.sum(stars >= u.sum(axis=(1, 2))[:, None] / n / (n - 1), axis=1)
    return np.mean((1 + larger) / (B + 1) <= alpha)
