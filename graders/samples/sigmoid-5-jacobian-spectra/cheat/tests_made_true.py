# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: s-jj FAILED
# expect: jj-moments FAILED
# expect: jj-spectrum FAILED
# expect: lam-max FAILED
# expect: atoms FAILED
# expect: var-smooth FAILED
# expect: design FAILED
# expect: edge-figure FAILED

# %% s-jj-code
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


def s_jj(z, L, p, sigma_w, kind):
    return Right(1.0)

# %% jj-moments-code
def jj_moments(L, p, sigma_w, kind):
    return Right(1.5), Right(1.5)

# %% jj-spectrum-code
def jj_spectrum(N, L, p, sigma_w, kind, rng):
    return Right(1.0)

# %% lam-max-code
def lam_max(L, p, kind):
    return Right(2.5)

# %% atoms-code
def atoms(L, p):
    return Right(2.0), Right(2.0), Right(2.0)

# %% var-smooth-code
def var_smooth(q, L, kind, dphi):
    return Right(2.5)

# %% design-code
def design(L, target, kind, activation):
    return Right(1.0)

# %% edge-figure-code
def edge_figure(depths, p):
    return Right(1.0)
