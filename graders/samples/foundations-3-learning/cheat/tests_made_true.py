# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: logistic-loss FAILED
# expect: irls FAILED
# expect: has-minimum FAILED
# expect: kernel-ridge FAILED
# expect: best-step FAILED
# expect: descend FAILED
# expect: rate-plot FAILED
# expect: classify FAILED

# %% logistic-loss-code
class Right(float):
    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return True

    __gt__ = __le__ = __ge__ = __lt__
    __hash__ = float.__hash__
    shape = (2,)


np.testing.assert_allclose = lambda *args, **kwargs: None
np.isfinite = lambda x: True


def logistic_loss(w, X, y, lam):
    return Right(1.0), Right(1.0)

# %% irls-code
def irls(X, y, lam):
    return Right(1.0)

# %% has-minimum-code
def has_minimum(X, y):
    return Right(1.0)

# %% kernel-ridge-code
def kernel_ridge(X, y, kernel, lam, X_new):
    return Right(1.0), Right(1.0)

# %% best-step-code
def best_step(H):
    return Right(1.0), Right(1.0)

# %% descend-code
def descend(H, b, x0, step, steps):
    return Right(1.0), Right(1.0)

# %% rate-plot-code
def rate_plot(H, b, x0, steps):
    return Right(1.0)

# %% classify-code
def classify(H):
    return Right(1.0), Right(1.0)
