# The density from the polynomial's roots; all nets at once as stacked arrays; angles instead of differences;
# the gradient by prefix and suffix products; a start drawn again until its sign fits.

# %% deep-density-code
def deep_density(lam, L):
    values = []
    for one in lam:
        if one >= (L + 1.0) ** (L + 1) / float(L) ** L:
            values.append(0.0)
            continue
        # B^(L+1) - lam B + lam = 0: the pair of roots nearest to the positive axis
        roots = np.roots([1.0] + [0.0] * (L - 1) + [-one, one])
        B = min(roots, key=lambda root: abs(np.angle(root)))
        values.append(abs(B.imag) / (np.pi * one))
    return np.array(values)

# %% layer-chi-code
def layer_chi(q, sigma_w, sigma_b, N, nets, rng):
    x = rng.standard_normal(N)
    x *= np.sqrt(N * (q - sigma_b**2)) / sigma_w / np.linalg.norm(x)
    W = sigma_w / np.sqrt(N) * rng.standard_normal((nets, N, N))
    h = W @ x + sigma_b * rng.standard_normal((nets, N))
    return np.sum(np.cosh(h) ** -4.0 * np.sum(W**2, axis=2), axis=1) / N

# %% fit-xi-code
def fit_xi(layers):
    one, two = np.moveaxis(layers, -1, 0)
    one = one / np.sqrt(np.sum(one**2, axis=-1))[..., None]
    two = two / np.sqrt(np.sum(two**2, axis=-1))[..., None]
    # Kahan's angle between two unit vectors
    half = np.arctan2(np.linalg.norm(one - two, axis=-1), np.linalg.norm(one + two, axis=-1))
    y = np.mean(np.log(2) + 2 * np.log(np.sin(half)), axis=0)
    return -1 / np.polyfit(np.arange(y.size), y, 1)[0]

# %% measure-xi-code
def measure_xi(sigma_w, sigma_b, N, depth, nets, rng):
    # through an input layer, with inputs of an exact angle, all nets side by side
    q = qstar_chi(sigma_w, sigma_b)[0]
    frame = np.linalg.qr(rng.standard_normal((N, 2)))[0]
    c = (0.85 * q - sigma_b**2) / (q - sigma_b**2)
    x = np.stack([frame[:, 0], c * frame[:, 0] + np.sqrt(1 - c**2) * frame[:, 1]], axis=1)
    x = np.sqrt(N * (q - sigma_b**2)) / sigma_w * np.repeat(x[None], nets, axis=0)
    layers = []
    for _ in range(depth):
        W = rng.standard_normal((nets, N, N)) * sigma_w / np.sqrt(N)
        layers.append(W @ x + sigma_b * rng.standard_normal((nets, N, 1)))
        x = np.tanh(layers[-1])
    return float(fit_xi(np.stack(layers, axis=1)))

# %% deep-gradient-code
def deep_gradient(Ws, A):
    L, N = len(Ws), len(A)
    before = [np.eye(N)]
    for W in Ws:
        before.append(np.dot(W, before[-1]))
    after = [np.eye(N)]
    for W in Ws[::-1]:
        after.append(np.dot(after[-1], W))
    error = (before[L] - A) / N
    gradient = [after[L - 1 - l].T @ error @ before[l].T for l in range(L)]
    return N * np.vdot(error, error) / 2, np.array(gradient)

# %% deep-start-code
def deep_start(kind, A, L, rng):
    N = A.shape[0]
    wanted = np.linalg.det(A / np.abs(A).max()) > 0
    while True:
        if kind == "gaussian":
            Ws = [rng.standard_normal((N, N)) / N**0.5 for _ in range(L)]
        else:
            Ws = [np.linalg.svd(rng.standard_normal((N, N)))[0] @ haar(N, rng) for _ in range(L)]
        negative = sum(np.linalg.det(W) < 0 for W in Ws)
        if (negative % 2 == 0) == wanted:
            return np.stack(Ws)

# %% train-best-code
def train_best(Ws, A, rates, steps):
    def final(rate):
        now = Ws
        for _ in range(steps):
            now = now - rate * deep_gradient(now, A)[1]
        return deep_gradient(now, A)[0]

    losses = np.array([final(rate) for rate in rates])
    return float(np.min(np.where(np.isfinite(losses), losses, np.inf)))

# %% plot-spectrum-code
def plot_spectrum(s, edges, L):
    # bars by hand, the theory in equal steps of its square root, from right to left
    fig = plt.figure()
    ax = fig.add_subplot()
    counts, _ = np.histogram(s, edges)
    width = np.diff(edges)
    ax.bar(edges[:-1], counts / counts.sum() / width, width=width, align="edge", label="networks")
    end = min(edges[-1], np.sqrt((L + 1) ** (L + 1) / L**L))
    x = np.linspace(np.sqrt(end), 0.7 * np.sqrt(edges[1]), 500) ** 2
    ax.semilogy(x, deep_density(x**2, L) * 2 * x, "k--", label="Theory ($N = \\infty$)")
    ax.legend()
    ax.set(xlabel="Singular values", ylabel="Density of singular values")
    return ax
