# One layer too few, as if the input were layer 1; and its picture begins at layer 1.
# expect: lin-var FAILED
# expect: res FAILED
# expect: res-nets FAILED
# expect: plot-depth PARTIAL

# %% lin-var-code
def lin_var(v0, N, s2, L):
    return v0 * (N * s2) ** (L - 1)

# %% res-code
def res(sigma, L):
    return (1 + sigma**2) ** (L - 1)

# %% res-nets-code
def res_nets(sigma, L, N, nets, rng):
    growth = []
    for _ in range(nets):
        h = np.ones(N)
        for _ in range(1, L):
            h = h + sigma * rng.normal(0, 1 / np.sqrt(N), (N, N)) @ h
        growth.append(h @ h / N)
    return np.array(growth)

# %% plot-depth-code
def plot_depth(v0, gains, L):
    figure, axes = plt.subplots()
    layers = np.arange(1, L + 1)
    for gain in gains:
        axes.plot(layers, v0 * gain**layers, label=f"{gain:g}")
    axes.set_yscale("log")
    axes.set_xlabel("layer")
    axes.set_ylabel("mean square")
    axes.legend()
    return axes
