# Returns what the visible tests ask for, and the exact mean in place of networks.
# expect: lin-var FAILED
# expect: lin-scatter FAILED
# expect: init FAILED
# expect: lsuv FAILED
# expect: jacobian FAILED
# expect: res FAILED
# expect: res-nets FAILED
# expect: plot-depth FAILED

# %% lin-var-code
def lin_var(v0, N, s2, L):
    return 25.0 if v0 == 12.5 else 0.7

# %% lin-scatter-code
def lin_scatter(N, L):
    return {1: np.sqrt(2), 50: 0.5, 100: 0.3}.get(N, 0.4)

# %% init-code
def init(kind, nin, nout, rng):
    if nin == 6:
        return np.eye(6)
    return np.full((nout, nin), 0.2)

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    if len(Ws) == 1:
        return [np.array([[1.0]])]
    first = Ws[0] / np.std(X @ Ws[0].T)
    return [first, Ws[1] / np.std(phi(X @ first.T) @ Ws[1].T)]

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    return np.array([[24.0]]) if len(x) == 1 else np.ones((2, 3))

# %% res-code
def res(sigma, L):
    return 2.0 if sigma == 1 else 1.0

# %% res-nets-code
def res_nets(sigma, L, N, nets, rng):
    return (1 + sigma**2) ** L + 1e-9 * np.arange(nets)

# %% plot-depth-code
def plot_depth(v0, gains, L):
    figure, axes = plt.subplots()
    axes.plot([2.0, 1.0, 0.5, 0.25, 0.125])
    axes.plot([2.0] * 5)
    return axes
