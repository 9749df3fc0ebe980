# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: steady FAILED
# expect: frechet FAILED
# expect: adjoint-grad FAILED
# expect: two-gradients FAILED
# expect: reconstruct FAILED
# expect: blow-up FAILED
# expect: node-gradient FAILED

# %% steady-code
class Right(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


np.testing.assert_allclose = lambda *args, **kwargs: None
np.allclose = lambda *args, **kwargs: True


def steady_gradient(A, b, c, dA, db):
    return Right(1.0)

# %% frechet-code
def frechet(A, E, T):
    return Right(1.0)

# %% adjoint-grad-code
def adjoint_grad(A, y0, c, T):
    return Right(1.0), Right(1.0), Right(1.0)

# %% two-gradients-code
def two_gradients(W, b, y0, target, T, n):
    return Right(1.0), Right(1.0)

# %% reconstruct-code
def reconstruct(lam, T):
    return Right(1.0)

# %% blow-up-code
def blow_up(lams, T):
    return Right(1.0)

# %% node-gradient-code
def node_gradient(lam, W, b, y0, times, targets):
    return Right(1.0), Right(1.0), Right(1.0)
