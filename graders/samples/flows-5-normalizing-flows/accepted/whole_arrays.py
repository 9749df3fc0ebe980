# Whole arrays and scipy: masks as factors, Gaussian log-densities from scipy.stats, Newton's method, Cholesky,
# and the lemma for rank one taken direction by direction.

# %% coupling-code
def coupling(x, keep, s, t):
    scale, shift = np.zeros(x.shape), np.zeros(x.shape)
    scale[:, ~keep] = s(x[:, keep])
    shift[:, ~keep] = t(x[:, keep])
    return x * np.exp(scale) + shift, np.sum(scale, axis=-1)


def coupling_inverse(y, keep, s, t):
    # an affine coupling layer again, with other networks
    return coupling(y, keep, lambda a: -s(a), lambda a: -t(a) * np.exp(-s(a)))

# %% flow-density-code
from scipy.stats import multivariate_normal, norm


def flow_log_density(y, layers):
    logdets = [np.zeros(len(y))]
    for layer in layers[::-1]:
        y, logdet = coupling_inverse(y, *layer)
        logdets.append(logdet)
    return norm.logpdf(y).sum(axis=1) + sum(logdets)

# %% planar-u-code
def planar_u(u, w):
    from scipy.special import log_expit

    # ln(1 + e^r) = -ln expit(-r)
    r = np.dot(w, u)
    return u - np.outer(w, w) @ u / np.dot(w, w) + w * (-1 - log_expit(-r)) / np.dot(w, w)

# %% planar-code
def planar(z, u, w, b):
    bend = np.tanh(np.dot(z, w) + b)
    det = 1 + (1 - bend) * (1 + bend) * np.dot(u, w)
    return z + np.outer(bend, u), np.log(np.abs(det))

# %% planar-line-code
def planar_line(ys, u, w, b):
    def density(y):
        z = brentq(lambda z: planar(np.array([[z]]), np.array([u]), np.array([w]), b)[0][0, 0] - y, y - 9, y + 9)
        logdet = planar(np.array([[z]]), np.array([u]), np.array([w]), b)[1][0]
        return np.exp(norm.logpdf(z) - logdet)

    fig, ax = plt.subplots()
    ax.plot(ys, [density(y) for y in ys], label="flow")
    ax.plot(ys, norm.pdf(ys), label="base")
    plt.xlabel("$y$")
    plt.ylabel("Density")
    plt.legend()
    return ax

# %% radial-code
def radial(z, z0, alpha, beta):
    n, d = z.shape
    r = np.sqrt(((z - z0) ** 2).sum(axis=1, keepdims=True))
    h = 1 / (alpha + r)
    logdet = (d - 1) * np.log(1 + beta * h) + np.log(1 + alpha * beta * h**2)
    return z + beta * h * (z - z0), logdet[:, 0]

# %% sylvester-code
def sylvester(z, A, B, b):
    M = len(b)
    bend = np.tanh(z @ B.T + b)
    BA = B @ A
    logdet = [np.log(np.abs(np.linalg.det(np.eye(M) + BA @ np.diag(1 - t**2)))) for t in bend]
    return z + bend @ A.T, np.asarray(logdet)

# %% iwae-curve-code
def iwae_curve(log_w, ks):
    curve = []
    for k in ks:
        groups = np.split(log_w, len(log_w) // k)
        curve.append(np.mean([g.max() + np.log(np.mean(np.exp(g - g.max()))) for g in groups]))
    return np.asarray(curve)

# %% iwae-bound-code
def iwae_bound(x, m, s, k, n, rng):
    z = rng.normal(m, s, size=(k, n))
    log_w = norm.logpdf(z) + norm.logpdf(x, z) - norm.logpdf(z, m, s)
    return np.log(np.exp(log_w).mean(axis=0)).mean()

# %% gaps-code
def gaps(W, sigma, X, means, variances):
    p, d = W.shape
    L = np.linalg.cholesky(np.eye(d) + W.T @ W / sigma**2)
    diagonal = (L**2).sum(axis=1)
    approximation = np.log(diagonal).sum() / 2 - np.log(np.diag(L)).sum()
    log_p = multivariate_normal.logpdf(X, np.zeros(p), W @ W.T + sigma**2 * np.eye(p)).reshape(-1)
    # the ELBO: likelihood and prior averaged over q, and the entropy of q
    likelihood = norm.logpdf(X, means @ W.T, sigma).sum(axis=1) - variances @ (W**2).sum(axis=0) / (2 * sigma**2)
    prior = norm.logpdf(means).sum(axis=1) - variances.sum(axis=1) / 2
    elbo = likelihood + prior + 0.5 * np.log(2 * np.pi * np.e * variances).sum(axis=1)
    return approximation, log_p - elbo - approximation
