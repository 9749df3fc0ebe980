# Right, in another style: closed forms by logarithms, all networks at once, and matrix-free tricks.
# Orthogonal weights by the polar factor of a Gaussian matrix, uniform entries elsewhere.

# %% lin-var-code
def lin_var(v0, N, s2, L):
    return np.prod([v0] + [N * s2] * L)

# %% lin-scatter-code
def lin_scatter(N, L):
    second = ((N * N + 2 * N) / N**2) ** L
    return (second - 1) ** 0.5

# %% init-code
def init(kind, nin, nout, rng):
    if kind == "orthogonal":
        # The polar factor U V' of a Gaussian matrix commutes with rotations: Haar, no signs to mend.
        u, _, vt = np.linalg.svd(rng.normal(size=(nout, nin)), full_matrices=False)
        return u @ vt
    fan = {"glorot": (nin + nout) / 2, "he": nin / 2}[kind]
    half = np.sqrt(3 / fan)  # a uniform law on [-a, a] has variance a^2 / 3
    return rng.uniform(-half, half, size=(nout, nin))

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    H, new = X.copy(), []
    for W in Ws:
        U = H @ W.T
        scale = U.std()
        new.append(W / scale)
        H = phi(U / scale)
    return new

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    # Backward: rows of the Jacobian, as backpropagation does for each output.
    slopes, h = [], x
    for W, b in zip(Ws, bs):
        slopes.append(phi.prime(W @ h + b))
        h = phi(W @ h + b)
    J = np.eye(len(h))
    for W, slope in zip(reversed(Ws), reversed(slopes)):
        J = (J * slope) @ W
    return J

# %% res-code
def res(sigma, L):
    return np.exp(L * np.log1p(sigma**2))

# %% res-nets-code
def res_nets(sigma, L, N, nets, rng):
    # For a vector h that does not depend on W, W h is Gaussian with variance |h|^2 / N in each entry.
    h = rng.normal(size=(nets, N))
    start = (h**2).sum(axis=1)
    for _ in range(L):
        length = np.sqrt((h**2).sum(axis=1, keepdims=True))
        h = h + sigma * length * rng.normal(size=(nets, N)) / np.sqrt(N)
    return (h**2).sum(axis=1) / start

# %% plot-depth-code
def plot_depth(v0, gains, L):
    fig = plt.figure()
    ax = fig.add_subplot()
    steps = np.arange(0, L + 1, dtype=float)
    for g in gains:
        ax.semilogy(steps, v0 * np.exp(steps * np.log(g)), "o-", label=f"{g:g}")
    ax.set(xlabel="depth", ylabel="$v$", title="death and explosion")
    ax.legend()
    return ax
