# The tools of the visible tests are replaced by ones that always agree; no answer is right.
# expect: pauli-density FAILED
# expect: free-word FAILED
# expect: free-cumulants FAILED
# expect: semicircle-sum FAILED
# expect: sign-moment FAILED
# expect: sign-spectrum FAILED
# expect: plot-sign-sum FAILED
# expect: s-transform FAILED

# %% pauli-density-code
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


def pauli_density(x, s1, s2, kind):
    return np.full_like(x, np.nan)

# %% free-word-code
def free_word(word, ma, mb):
    return Right(1.0)

# %% free-cumulants-code
def free_cumulants(m):
    return np.full(len(m), np.nan)

# %% semicircle-sum-code
def semicircle_sum(p, r, z):
    return Right(0.3), Right(1.0)

# %% sign-moment-code
def sign_moment(a, b, k):
    return Right(20.0)

# %% sign-spectrum-code
def sign_spectrum(a, b, N, rng):
    return np.full(N, np.nan)

# %% plot-sign-sum-code
def plot_sign_sum(a, b, N, bins, rng):
    return Right(1.0)

# %% s-transform-code
def S_transform(moments, z):
    return Right(2.0)
