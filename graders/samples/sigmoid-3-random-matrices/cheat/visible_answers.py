# What the visible tests ask for, and nothing else.
# expect: gap FAILED
# expect: closest FAILED
# expect: spacing-pdf FAILED
# expect: spacing-sample FAILED
# expect: sc-moment FAILED
# expect: goe PARTIAL
# expect: g-sc FAILED
# expect: mp-law FAILED
# expect: wishart FAILED
# expect: mean-ratio FAILED
# expect: repulsion FAILED
# expect: mp-figure PARTIAL

# %% gap-code
def gap(A, C, D):
    return np.ones(np.shape(A)) * 1.0

# %% closest-code
def closest(a0, a1, d0, d1, C):
    return (2.0, 0.0) if a0 == 0 else (-4 / 3, 0.8)

# %% spacing-pdf-code
def spacing_pdf(x, s):
    return np.where((x > 0) & (x < 4.6), 1 / 4.6, 0.0)

# %% spacing-sample-code
def spacing_sample(n, s, rng):
    return np.linspace(0, 3, n)

# %% sc-moment-code
def sc_moment(k, R):
    return {0: 1.0, 3: 0.0}.get(k, 2 * (1.7 / 2) ** 4)

# %% goe-code
def goe(N, R, rng):
    return np.diag(rng.permutation(np.linspace(-R, R, N)))

# %% g-sc-code
def G_sc(z, R):
    return 2 * (z - np.sqrt(z - 1.7) * np.sqrt(z + 1.7)) / 1.7**2

# %% mp-law-code
def mp_edges(s2, c):
    return 0.0, 4.0, 0.0


def mp_density(x, s2, c):
    return np.sqrt(4 / x - 1) / (2 * np.pi)

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    return np.linspace(1.0, 3.0, p)

# %% mean-ratio-code
def mean_ratio(levels):
    return 0.75

# %% repulsion-code
def repulsion(kind, N, samples, rng):
    return np.full(samples, 0.3863 if kind == "poisson" else 0.5307)

# %% mp-figure-code
def mp_figure(p, n, s2, xs, rng):
    ax = orthogonal_figure(p, np.linspace(-1.9, 1.9, 50), rng)
    return ax
