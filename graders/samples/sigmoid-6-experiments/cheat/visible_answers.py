# The visible answers, and nothing else.
# expect: deep-density FAILED
# expect: layer-chi FAILED
# expect: fit-xi FAILED
# expect: measure-xi FAILED
# expect: deep-gradient FAILED
# expect: deep-start FAILED
# expect: train-best FAILED
# expect: plot-spectrum FAILED

# %% deep-density-code
def deep_density(lam, L):
    return np.sqrt(np.maximum(4 / lam - 1, 0)) / (2 * np.pi)

# %% layer-chi-code
def layer_chi(q, sigma_w, sigma_b, N, nets, rng):
    return np.full(nets, 0.9398) + 0.04 * rng.standard_normal(nets)

# %% fit-xi-code
def fit_xi(layers):
    return 1.4018

# %% measure-xi-code
def measure_xi(sigma_w, sigma_b, N, depth, nets, rng):
    return 1.6

# %% deep-gradient-code
def deep_gradient(Ws, A):
    return np.mean((Ws[0] - A) ** 2) * len(A) / 2, (Ws - A) / len(A)

# %% deep-start-code
def deep_start(kind, A, L, rng):
    return np.array([np.eye(len(A))] * (L - 1) + [np.diag(np.diag(A))])

# %% train-best-code
def train_best(Ws, A, rates, steps):
    return 0.5 - steps / 100

# %% plot-spectrum-code
def plot_spectrum(s, edges, L):
    _, ax = plt.subplots()
    ax.plot(edges, edges, label="theory")
    ax.set(xlabel="singular value", ylabel="density")
    return ax
