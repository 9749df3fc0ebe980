# Newton's method for the phase, kept inside a bracket; plain loops and lists, every product from scratch; a start
# mended by swapping two columns; a run given up early when it explodes.

# %% deep-density-code
def deep_density(lam, L):
    # Newton for the phase, on the logarithm, from brackets that shrink when Newton leaves them
    edge = (L + 1) * (1 + 1 / L) ** L
    result = []
    for target in np.log(lam):
        if target >= np.log(edge):
            result.append(0.0)
            continue
        low, high = 1e-12, np.pi / (L + 1) - 1e-15
        phase = (low + high) / 2
        for _ in range(200):
            value = (
                (L + 1) * np.log(np.sin((L + 1) * phase))
                - np.log(np.sin(phase))
                - L * np.log(np.sin(L * phase))
                - target
            )
            if value > 0:
                low = phase
            else:
                high = phase
            slope = (
                (L + 1) ** 2 / np.tan((L + 1) * phase) - 1 / np.tan(phase) - L**2 / np.tan(L * phase)
            )
            phase = phase - value / slope
            if not low < phase < high:
                phase = (low + high) / 2
        near, far = np.sin((L + 1) * phase), np.sin(L * phase)
        result.append(np.sin(phase) ** 2 * far ** (L - 1) / (np.pi * near**L))
    return np.array(result)

# %% layer-chi-code
def layer_chi(q, sigma_w, sigma_b, N, nets, rng):
    # the trace from the singular values, the length put into one coordinate
    x = np.zeros(N)
    x[0] = np.sqrt(N * (q - sigma_b**2)) / sigma_w
    traces = []
    for _ in range(nets):
        W = rng.normal(scale=sigma_w / N**0.5, size=(N, N))
        h = W.dot(x) + rng.normal(scale=sigma_b, size=N)
        J = np.diag(1 - np.tanh(h) ** 2) @ W
        traces.append(np.linalg.norm(J) ** 2 / N)
    return np.array(traces)

# %% fit-xi-code
def fit_xi(layers):
    logs = []
    for net in layers:
        row = []
        for h in net:
            u, v = h[:, 0] / np.linalg.norm(h[:, 0]), h[:, 1] / np.linalg.norm(h[:, 1])
            row.append(np.log(np.dot(u - v, u - v) / 2))
        logs.append(row)
    y = np.mean(logs, axis=0)
    design = np.stack([np.ones(len(y)), np.arange(1, len(y) + 1)], axis=1)
    return -1 / np.linalg.lstsq(design, y, rcond=None)[0][1]

# %% measure-xi-code
def measure_xi(sigma_w, sigma_b, N, depth, nets, rng):
    q, _ = qstar_chi(sigma_w, sigma_b)
    runs = []
    for _ in range(nets):
        h1 = rng.normal(0, np.sqrt(q), N)
        h2 = 0.92 * h1 + np.sqrt(1 - 0.92**2) * rng.normal(0, np.sqrt(q), N)
        run = [np.array([h1, h2]).T]
        while len(run) < depth:
            W = rng.normal(0, sigma_w, (N, N)) / np.sqrt(N)
            b = rng.normal(0, sigma_b, N)
            run.append(np.array([W @ np.tanh(run[-1][:, 0]) + b, W @ np.tanh(run[-1][:, 1]) + b]).T)
        runs.append(run)
    return fit_xi(np.array(runs))

# %% deep-gradient-code
def deep_gradient(Ws, A):
    N = len(A)

    def product(matrices):
        result = np.eye(N)
        for W in matrices:
            result = W @ result
        return result

    error = product(Ws) - A
    terms = [product(Ws[l + 1 :]).T @ error @ product(Ws[:l]).T for l in range(len(Ws))]
    return np.trace(error @ error.T) / (2 * N), np.array(terms) / N

# %% deep-start-code
def deep_start(kind, A, L, rng):
    Ws = []
    for _ in range(L):
        Ws.append(haar(len(A), rng) if kind == "orthogonal" else rng.normal(0, len(A) ** -0.5, A.shape))
    sign = np.linalg.slogdet(A)[0]
    for W in Ws:
        sign *= np.linalg.slogdet(W)[0]
    if sign < 0:
        Ws[-1][:, [0, 1]] = Ws[-1][:, [1, 0]]
    return np.array(Ws)

# %% train-best-code
def train_best(Ws, A, rates, steps):
    finals = []
    for rate in rates:
        now = np.array(Ws)
        for _ in range(steps):
            if np.abs(now).max() > 1e6:
                break
            now -= rate * deep_gradient(now, A)[1]
        else:
            finals.append(deep_gradient(now, A)[0])
    return min(finals, default=np.inf)

# %% plot-spectrum-code
def plot_spectrum(s, edges, L):
    fig, ax = plt.subplots()
    # the line by its phase, with no inversion: dense at both ends
    phase = np.linspace(0, np.pi / (L + 1), 20002)[1:-1]
    near, far = np.sin((L + 1) * phase), np.sin(L * phase)
    lam = near ** (L + 1) / (np.sin(phase) * far**L)
    rho = np.sin(phase) ** 2 * far ** (L - 1) / (np.pi * near**L)
    shown = (lam > edges[0] ** 2) & (lam > 1e-6)
    ax.plot(np.sqrt(lam[shown]), 2 * np.sqrt(lam[shown]) * rho[shown], label="theory")
    ax.hist(s, edges, density=True, label="data")
    ax.set_yscale("log")
    ax.set_xlabel("singular value")
    ax.set_ylabel("probability density")
    ax.legend()
    return ax
