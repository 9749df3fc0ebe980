# Loops over points and weights, matrices where formulas would do, bisection, averages by logaddexp, and the
# second gap from expected log-densities.

# %% coupling-code
def coupling(x, keep, s, t):
    a = np.compress(keep, x, axis=1)
    b = np.compress(~keep, x, axis=1)
    y = np.zeros_like(x)
    y[:, np.flatnonzero(keep)] = a
    y[:, np.flatnonzero(~keep)] = np.exp(s(a)) * b + t(a)
    return y, np.einsum("ij->i", s(a))


def coupling_inverse(y, keep, s, t):
    rows, total = [], []
    for row in y:
        a = row[keep][None, :]
        out = row.copy()
        out[~keep] = (row[~keep] - t(a)[0]) / np.exp(s(a)[0])
        rows.append(out)
        total.append(-sum(s(a)[0]))
    return np.array(rows), np.array(total)

# %% flow-density-code
def flow_log_density(y, layers):
    if not layers:
        return -0.5 * (y**2 + np.log(2 * np.pi)).sum(axis=1)
    x, logdet = coupling_inverse(y, *layers[-1])
    return flow_log_density(x, layers[:-1]) + logdet

# %% planar-u-code
def planar_u(u, w):
    r = sum(u * w)
    softplus = r + np.log1p(np.exp(-r)) if r > 0 else np.log1p(np.exp(r))
    return u + (softplus - 1 - r) / np.linalg.norm(w) ** 2 * w

# %% planar-code
def planar(z, u, w, b):
    moved, logdet = np.empty(z.shape), np.empty(len(z))
    for i, row in enumerate(z):
        a = w @ row + b
        moved[i] = row + u * np.tanh(a)
        psi = w / np.cosh(min(abs(a), 300)) ** 2
        logdet[i] = np.log(abs(1 + u @ psi))
    return moved, logdet

# %% planar-line-code
def planar_line(ys, u, w, b):
    # bisection for all points together, on a denser grid, drawn from right to left
    dense = np.union1d(ys, np.linspace(ys[0], ys[-1], 301))[::-1]
    low, high = dense - abs(u) - 0.1, dense + abs(u) + 0.1
    for _ in range(70):
        middle = (low + high) / 2
        above = middle + u * np.tanh(w * middle + b) > dense
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    z = (low + high) / 2
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / (1 + u * w / np.cosh(w * z + b) ** 2)
    fig = plt.figure()
    ax = fig.add_subplot()
    ax.plot(dense, np.exp(-(dense**2) / 2) / np.sqrt(2 * np.pi), label="base")
    ax.plot(dense, density, ".", label="flow")
    ax.set(xlabel="y", ylabel="probability density", title="a planar flow")
    ax.legend()
    return ax

# %% radial-code
def radial(z, z0, alpha, beta):
    moved, logdet = [], []
    for row in z - z0:
        r = np.sqrt(row @ row)
        h = 1 / (alpha + r)
        across = 1 + beta * h
        along = across - beta * h**2 * r
        moved.append(z0 + across * row)
        logdet.append(np.log(across) * (len(row) - 1) + np.log(along))
    return np.array(moved), np.array(logdet)

# %% sylvester-code
def sylvester(z, A, B, b):
    moved, logdet = [], []
    for row in z:
        bend = np.tanh(B @ row + b)
        moved.append(row + A @ bend)
        roots = np.linalg.eigvals(B @ (A * (1 - bend**2)))
        logdet.append(np.sum(np.log(np.abs(1 + roots))))
    return np.array(moved), np.array(logdet)

# %% iwae-curve-code
def iwae_curve(log_w, ks):
    bounds = []
    for k in ks:
        starts = np.arange(0, len(log_w), k)
        bounds.append(np.logaddexp.reduceat(log_w, starts).mean() - np.log(k))
    return np.array(bounds)

# %% iwae-bound-code
def iwae_bound(x, m, s, k, n, rng):
    # the weight is p(x) times the ratio of two Gaussian densities: the posterior's and q's
    z = rng.normal(m, s, n * k)
    log_p = -x * x / 4 - 0.5 * np.log(4 * np.pi)
    ratio = np.log(s * np.sqrt(2)) - (z - x / 2) ** 2 + (z - m) ** 2 / (2 * s * s)
    return log_p + iwae_curve(ratio, [k])[0]

# %% gaps-code
def gaps(W, sigma, X, means, variances):
    d = W.shape[1]
    Lambda = np.eye(d) + W.T @ W / sigma**2

    def kl(m, S, mu):
        off = m - mu
        return 0.5 * (
            np.trace(Lambda @ S) + off @ Lambda @ off - d - np.log(np.linalg.det(Lambda)) - np.log(np.linalg.det(S))
        )

    best = np.diag(1 / np.diag(Lambda))
    least = kl(np.zeros(d), best, np.zeros(d))
    rest = []
    for x, m, v in zip(X, means, variances):
        mu = np.linalg.inv(Lambda) @ W.T @ x / sigma**2
        rest.append(kl(m, np.diag(v), mu) - least)
    return least, np.array(rest)
