# Right, in a beginner's style: explicit loops, a recursion, Jacobian by central differences.

# %% lin-var-code
def lin_var(v0, N, s2, L):
    v = v0
    for layer in range(L):
        v = v * N * s2
    return v

# %% lin-scatter-code
def lin_scatter(N, L):
    mean, mean_square = 1.0, 1.0
    for layer in range(L):
        mean *= N
        mean_square *= N**2 + 2 * N
    return np.sqrt(mean_square / mean**2 - 1)

# %% init-code
def init(kind, nin, nout, rng):
    W = rng.standard_normal((nout, nin))
    if kind == "glorot":
        return W * np.sqrt(2.0 / (nin + nout))
    if kind == "he":
        return W * np.sqrt(2.0 / nin)
    if kind == "orthogonal":
        if nout < nin:
            return init(kind, nout, nin, rng).T
        # Gram and Schmidt, twice for the rounding.
        for sweep in range(2):
            for j in range(nin):
                for k in range(j):
                    W[:, j] -= (W[:, k] @ W[:, j]) * W[:, k]
                W[:, j] /= np.sqrt(W[:, j] @ W[:, j])
        return W
    raise ValueError(kind)

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    new = [W.copy() for W in Ws]
    for layer in range(len(new)):
        while True:
            H = X
            for W in new[:layer]:
                H = phi(H @ W.T)
            variance = np.var(H @ new[layer].T)
            if abs(variance - 1) < tol / 2:
                break
            new[layer] = new[layer] / np.sqrt(variance)
    return new

# %% jacobian-code
def network(Ws, bs, x, phi):
    for W, b in zip(Ws, bs):
        x = phi(W @ x + b)
    return x

def jacobian(Ws, bs, x, phi):
    step = 1e-5
    J = np.zeros((len(bs[-1]), len(x)))
    for j in range(len(x)):
        e = np.zeros(len(x))
        e[j] = step
        J[:, j] = (network(Ws, bs, x + e, phi) - network(Ws, bs, x - e, phi)) / (2 * step)
    return J

# %% res-code
def res(sigma, L):
    growth = 1.0
    for block in range(L):
        growth += sigma**2 * growth
    return growth

# %% res-nets-code
def res_nets(sigma, L, N, nets, rng):
    growths = []
    for net in range(nets):
        x = rng.normal(size=N)
        h = x
        for block in range(L):
            h = h + sigma * rng.normal(0, N**-0.5, size=(N, N)) @ h
        growths.append(np.sum(h**2) / np.sum(x**2))
    return np.array(growths)

# %% plot-depth-code
def plot_depth(v0, gains, L):
    fig, ax = plt.subplots(figsize=(5, 3))
    for g in gains:
        ys = [v0]
        for layer in range(L):
            ys.append(ys[-1] * g)
        plt.plot(range(L + 1), ys, label=f"{g:g}")
    plt.yscale("log")
    plt.xlabel("layer")
    plt.ylabel("v")
    plt.legend()
    return ax
