# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: qmap FAILED
# expect: qstar-chi FAILED
# expect: critical-tanh FAILED
# expect: critical-erf FAILED
# expect: cstar-xi FAILED
# expect: relu-c FAILED
# expect: phase-diagram FAILED

# %% gaussian-mean-code
class Right(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


def gaussian_mean(f):
    return Right(1.0)


np.testing.assert_allclose = lambda *args, **kwargs: None
np.isclose = lambda *args, **kwargs: True
np.allclose = lambda *args, **kwargs: True

# %% qmap-code
def qmap(q, sigma_w, sigma_b, phi):
    return Right(1.0)

# %% qstar-chi-code
def qstar_chi(sigma_w, sigma_b):
    return Right(1.0), Right(1.0)

# %% critical-tanh-code
def critical_tanh(sigma_b):
    return Right(2.0), Right(2.0)

# %% critical-erf-code
def critical_erf(q):
    return Right(3.0), Right(3.0)

# %% cstar-xi-code
def cstar_xi(sigma_w, sigma_b):
    return Right(2.0), Right(2.0), Right(2.0)

# %% relu-c-code
def relu_c(c, L):
    return Right(0.5)

# %% phase-diagram-code
def phase_diagram(sigma_bs):
    return Right(1.0)
