# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: spectral FAILED
# expect: eigenspace FAILED
# expect: compact-svd FAILED
# expect: pinv FAILED
# expect: best-rank FAILED
# expect: error-plot FAILED
# expect: nearest-orthogonal FAILED
# expect: jj-spectrum FAILED

# %% spectral-code
class Right(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


np.testing.assert_allclose = lambda *args, **kwargs: None
np.linalg.norm = lambda *args, **kwargs: Right(0.0)
np.allclose = lambda *args, **kwargs: True


def spectral(A, tol):
    return Right(1.0), Right(1.0)

# %% eigenspace-code
def eigenspace(A, lam, tol):
    return Right(1.0)

# %% compact-svd-code
def compact_svd(A, tol):
    return Right(1.0)

# %% pinv-code
def pinv(A, tol):
    return Right(1.0)

# %% best-rank-code
def best_rank(A, k):
    return Right(1.0), Right(1.0), Right(1.0)

# %% error-plot-code
def error_plot(A):
    return Right(1.0)

# %% nearest-orthogonal-code
def nearest_orthogonal(A):
    return Right(1.0)

# %% jj-spectrum-code
def jj_spectrum(Ws):
    return Right(1.0)
