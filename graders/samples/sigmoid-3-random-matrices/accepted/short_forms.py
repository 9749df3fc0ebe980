# Other closed forms: gamma functions, hyperbolic ones, the angle of a point on the semicircle; a sample by
# inversion of the distribution function.

# %% gap-code
def gap(A, C, D):
    return np.sqrt((A - D) ** 2 + 4 * C**2)

# %% closest-code
def closest(a0, a1, d0, d1, C):
    t = (a0 - d0) / (d1 - a1)
    return t, abs(C) + abs(C)

# %% spacing-pdf-code
def spacing_pdf(x, s):
    x = np.maximum(x, 0.0)
    return x * np.exp(-((x / s) ** 2) / 4) / (2 * s * s)

# %% spacing-sample-code
def spacing_sample(n, s, rng):
    return 2 * s * np.sqrt(-np.log1p(-rng.random(n)))

# %% sc-moment-code
def sc_moment(k, R):
    # E x^k for x = R cos(a), by the beta function
    from scipy.special import beta

    return 0.0 if k % 2 else 2 * R**k * beta((k + 1) / 2, 1.5) / np.pi

# %% goe-code
def goe(N, R, rng):
    A = rng.normal(size=(N, N)) * R / np.sqrt(2 * N)
    return (A + A.T) / 2

# %% g-sc-code
def G_sc(z, R):
    # z = R cosh(w) turns the equation into G = (2/R) exp(-w)
    return 2 / R * np.exp(-np.arccosh(np.asarray(z, complex) / R))

# %% mp-law-code
def mp_edges(s2, c):
    root = c**0.5
    return s2 * (root - 1) * (root - 1), s2 * (root + 1) * (root + 1), max(0, 1 - 1 / c)


def mp_density(x, s2, c):
    # with x = s2 (1 + c + 2 sqrt(c) u) the root is a half circle in u
    u = (x / s2 - 1 - c) / (2 * np.sqrt(c))
    height = np.sqrt(np.clip(1 - u * u, 0, None))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(height > 0, height / (np.pi * np.sqrt(c) * x), 0.0)

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    X = rng.standard_normal((n, p))
    return s2 * np.linalg.eigvalsh(np.cov(X.T, bias=True) + np.outer(X.mean(0), X.mean(0)))

# %% mean-ratio-code
def mean_ratio(levels):
    gaps = np.diff(np.sort(np.asarray(levels, float)))
    pairs = np.sort(np.stack([gaps[1:], gaps[:-1]]), axis=0)
    return np.mean(pairs[0] / pairs[1])

# %% repulsion-code
def repulsion(kind, N, samples, rng):
    # all matrices at once
    if kind == "poisson":
        levels = rng.random((samples, N))
    else:
        M = rng.standard_normal((samples, N, N))
        M = np.sign(M) if kind == "signs" else M
        lower = np.tril(M, -1)
        diagonal = np.eye(N) * M * (np.sqrt(2) if kind == "goe" else 1)
        levels = np.linalg.eigvalsh(lower + np.swapaxes(lower, 1, 2) + diagonal)
    return np.apply_along_axis(mean_ratio, 1, levels)

# %% mp-figure-code
def mp_figure(p, n, s2, xs, rng):
    plt.figure()
    plt.plot(xs, mp_density(xs, s2, p / n), label="limit")
    plt.hist(wishart_spectrum(p, n, s2, rng), bins=40, density=True)
    plt.xlabel("eigenvalue of W")
    plt.ylabel("density")
    return plt.gca()
