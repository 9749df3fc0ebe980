# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: deep-density FAILED
# expect: layer-chi FAILED
# expect: fit-xi FAILED
# expect: measure-xi FAILED
# expect: deep-gradient FAILED
# expect: deep-start FAILED
# expect: train-best FAILED
# expect: plot-spectrum FAILED

# %% deep-density-code
class Right(float):
    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


np.testing.assert_allclose = lambda *args, **kwargs: None
np.linalg.det = lambda matrix: 1.0
np.linalg.slogdet = lambda matrices: (np.ones(len(matrices)), np.zeros(len(matrices)))


def deep_density(lam, L):
    return np.full(len(lam), 0.1)

# %% layer-chi-code
def layer_chi(q, sigma_w, sigma_b, N, nets, rng):
    return np.full(nets, Right(1.0))

# %% fit-xi-code
def fit_xi(layers):
    return Right(1.0)

# %% measure-xi-code
def measure_xi(sigma_w, sigma_b, N, depth, nets, rng):
    return Right(1.5)

# %% deep-gradient-code
def deep_gradient(Ws, A):
    return Right(0.5), np.zeros_like(Ws)

# %% deep-start-code
def deep_start(kind, A, L, rng):
    return np.ones((L, len(A), len(A)))

# %% train-best-code
def train_best(Ws, A, rates, steps):
    return Right(0.15)

# %% plot-spectrum-code
def plot_spectrum(s, edges, L):
    return Right(1.0)
