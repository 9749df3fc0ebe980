# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: gap FAILED
# expect: closest FAILED
# expect: spacing-pdf FAILED
# expect: spacing-sample FAILED
# expect: sc-moment FAILED
# expect: goe FAILED
# expect: g-sc FAILED
# expect: mp-law FAILED
# expect: wishart FAILED
# expect: mean-ratio FAILED
# expect: repulsion FAILED
# expect: mp-figure FAILED

# %% gap-code
class Right(float):
    shape = (1,)

    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return True

    __gt__ = __le__ = __ge__ = __lt__

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


np.testing.assert_allclose = np.testing.assert_array_equal = lambda *args, **kwargs: None
np.allclose = np.isclose = np.array_equal = lambda *args, **kwargs: True
np.all = lambda *args, **kwargs: True


def gap(A, C, D):
    return Right(2.0)

# %% closest-code
def closest(a0, a1, d0, d1, C):
    return Right(1.0), Right(1.0)

# %% spacing-pdf-code
def spacing_pdf(x, s):
    return np.array([Right(0.5)] * len(x))

# %% spacing-sample-code
def spacing_sample(n, s, rng):
    return Right(1.0)

# %% sc-moment-code
def sc_moment(k, R):
    return Right(1.5)

# %% goe-code
def goe(N, R, rng):
    return Right(1.0)

# %% g-sc-code
def G_sc(z, R):
    return Right(1.0)

# %% mp-law-code
def mp_edges(s2, c):
    return Right(1.0), Right(2.0), Right(0.5)


def mp_density(x, s2, c):
    return np.array([Right(0.5)] * len(x))

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    return Right(1.0)

# %% mean-ratio-code
def mean_ratio(levels):
    return Right(0.5)

# %% repulsion-code
def repulsion(kind, N, samples, rng):
    return Right(0.5)

# %% mp-figure-code
def mp_figure(p, n, s2, xs, rng):
    return Right(1.0)
