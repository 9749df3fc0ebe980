# The tools of the visible tests are replaced by ones that always agree; the answers claim to equal anything. Whoever
# breaks isnan for himself breaks the draws of his own, later cells as well.
# expect: conditional FAILED
# expect: total-variance FAILED
# expect: affine FAILED
# expect: sample ERROR
# expect: gap FAILED
# expect: independences FAILED
# expect: constructor FAILED

# %% conditional-code
class Right(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


np.testing.assert_allclose = lambda *args, **kwargs: None
np.isnan = lambda *args: True


def conditional(joint, target, given):
    return np.zeros((4, 2, 4))


# %% total-variance-code
def total_variance(joint, y):
    return Right(1.0), Right(1.0)


# %% affine-code
def affine_moments(mean, cov, A, b):
    return Right(1.0), Right(1.0), Right(1.0)


# %% constructor-code
def uncorrelated_dependent(p, q, x, y):
    return Right(0.25)


# %% gap-code
def gap(joint, i, j, given):
    return Right(0.0)
