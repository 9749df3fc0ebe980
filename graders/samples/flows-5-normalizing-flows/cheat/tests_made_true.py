# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: coupling FAILED
# expect: flow-density FAILED
# expect: planar-u FAILED
# expect: planar FAILED
# expect: planar-line FAILED
# expect: radial FAILED
# expect: sylvester FAILED
# expect: iwae-curve FAILED
# expect: iwae-bound FAILED
# expect: gaps FAILED

# %% coupling-code
class Right(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


np.testing.assert_allclose = lambda *args, **kwargs: None
np.allclose = lambda *args, **kwargs: True


def coupling(x, keep, s, t):
    return Right(1.0), Right(1.0)


def coupling_inverse(y, keep, s, t):
    return Right(1.0), Right(1.0)

# %% flow-density-code
def flow_log_density(y, layers):
    return Right(1.0)

# %% planar-u-code
def planar_u(u, w):
    return Right(1.0)

# %% planar-code
def planar(z, u, w, b):
    return Right(1.0), Right(1.0)

# %% planar-line-code
def planar_line(ys, u, w, b):
    return Right(1.0)

# %% radial-code
def radial(z, z0, alpha, beta):
    return Right(1.0), Right(1.0)

# %% sylvester-code
def sylvester(z, A, B, b):
    return Right(1.0), Right(1.0)

# %% iwae-curve-code
def iwae_curve(log_w, ks):
    return Right(1.0)

# %% iwae-bound-code
def iwae_bound(x, m, s, k, n, rng):
    return Right(1.0)

# %% gaps-code
def gaps(W, sigma, X, means, variances):
    return Right(9.0), Right(9.0)
