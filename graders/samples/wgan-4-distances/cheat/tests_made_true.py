# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: kl FAILED
# expect: divergences FAILED
# expect: w1 FAILED
# expect: monotone-plan FAILED
# expect: shifted FAILED
# expect: distance-curves FAILED
# expect: gauss-w1 FAILED
# expect: transport FAILED

# %% kl-code
class Right(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


np.testing.assert_allclose = lambda *args, **kwargs: None
np.isclose = lambda *args, **kwargs: True
np.allclose = lambda *args, **kwargs: True


def kl(p, q):
    return Right(1.0)

# %% divergences-code
def divergences(x, p, y, q):
    return (Right(1.0),) * 4

# %% w1-code
def w1(x, p, y, q):
    return Right(1.0)

# %% monotone-plan-code
def monotone_plan(x, p, y, q):
    return Right(1.0)

# %% shifted-code
def shifted(theta, w):
    return (Right(3.0),) * 5

# %% distance-curves-code
def distance_curves(thetas, w):
    return Right(1.0)

# %% gauss-w1-code
def gauss_w1(m1, s1, m2, s2):
    return Right(9.0)

# %% transport-code
def transport(X, p, Y, q):
    return Right(9.0), Right(1.0)
