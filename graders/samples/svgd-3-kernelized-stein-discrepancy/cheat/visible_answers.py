# The visible answers by heart, numpy's assertions made toothless; nothing is computed.
# expect: stein-kernel FAILED
# expect: ksd-u FAILED
# expect: population-ksd2 FAILED
# expect: hoeffding FAILED
# expect: ksd-replicates FAILED
# expect: ksd-figure FAILED
# expect: bootstrap FAILED
# expect: power FAILED

# %% stein-kernel-code
np.testing.assert_allclose = lambda *args, **kwargs: None


def stein_kernel(X, Y, score, h):
    return np.full((len(X), len(Y)), 2.0)

# %% ksd-u-code
def ksd_u(X, score, h):
    return 0.443086

# %% population-ksd2-code
def population_ksd2(m, s, h):
    return 0.577350 if m == 1 else 0.0 if m == 0 else m**2

# %% hoeffding-code
def hoeffding(m, s, h):
    return (0.0, 2.48 / np.sqrt(5)) if m == 0 else (0.1, 0.3)

# %% ksd-replicates-code
def ksd_replicates(m, s, h, n, reps, rng):
    return np.full(reps, 0.577350)

# %% ksd-figure-code
def ksd_figure(Z, ms, hs):
    _, ax = plt.subplots()
    for h in (0.5, 1, 2):
        ax.plot([0], [0], label=f"h = {h:g}")
        ax.plot([0], [0], "o", label=f"U, h = {h:g}")
    ax.set_xlabel("$m$")
    ax.set_ylabel("KSD$^2$")
    ax.legend()
    return ax

# %% bootstrap-code
def bootstrap(u, counts):
    return np.array([2 / 9, 0.0, 0.0])[: len(counts)]

# %% power-code
def power(m, s, h, n, trials, rng, B=99, alpha=0.05):
    return 1.0 if abs(m) > 1 else 0.05
