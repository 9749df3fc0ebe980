# Roots of the quadratic equations instead of closed forms, the upper triangle instead of A + A', singular
# values instead of W, loops instead of arrays.

# %% gap-code
def gap(A, C, D):
    return abs((A - D) + 2j * C)

# %% closest-code
def closest(a0, a1, d0, d1, C):
    # (A - D)^2 + 4 C^2 is a parabola in t
    square = np.polyadd(np.polymul([a1 - d1, a0 - d0], [a1 - d1, a0 - d0]), [4 * C * C])
    t = -square[1] / (2 * square[0])
    return [t, gap(a0 + a1 * t, C, d0 + d1 * t)]

# %% spacing-pdf-code
def spacing_pdf(x, s):
    from scipy.stats import rayleigh

    return rayleigh.pdf(x, scale=np.sqrt(2) * s)

# %% spacing-sample-code
def spacing_sample(n, s, rng):
    return matrix_gaps(n, s, rng)

# %% sc-moment-code
def sc_moment(k, R):
    # the recursion of the text
    if k % 2 == 1:
        return 0
    catalan = [1]
    while len(catalan) <= k // 2:
        catalan.append(sum(a * b for a, b in zip(catalan, catalan[::-1])))
    return catalan[-1] * R**k / 2**k

# %% goe-code
def goe(N, R, rng):
    upper = np.triu(rng.normal(0, R / (2 * np.sqrt(N)), (N, N)), 1)
    return upper + upper.T + np.diag(rng.normal(0, R / np.sqrt(2 * N), N))

# %% g-sc-code
def G_sc(z, R):
    # the smaller root, from the larger one: the product of the two is 4 / R^2
    z = np.asarray(z, dtype=complex)
    root = np.sqrt(z**2 - R**2)
    root = np.where((root * z.conj()).real < 0, -root, root)
    return 2 / (z + root)

# %% mp-law-code
def mp_edges(s2, c):
    # where the discriminant vanishes: (z - s2 (1 - c))^2 = 4 c s2 z
    low, high = np.sort(np.roots([1, -2 * s2 * (1 + c), s2**2 * (1 - c) ** 2]).real)
    return (0.0 if c == 1 else low), high, (1 - 1 / c if c > 1 else 0)


def mp_density(x, s2, c):
    # the imaginary part of the root of the equation, point by point
    density = []
    for point in x:
        a, b = c * s2 * point, -(point - s2 * (1 - c))
        negative = 4 * a - b * b
        density.append(np.sqrt(negative) / (2 * a) / np.pi if negative > 0 and point > 0 else 0.0)
    return np.array(density)

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    X = rng.normal(0, s2**0.5, size=(p, n)) / n**0.5
    squares = np.linalg.svd(X, compute_uv=False) ** 2
    return np.sort(np.concatenate([squares, np.zeros(p - len(squares))]))

# %% mean-ratio-code
def mean_ratio(levels):
    levels = sorted(levels)
    total = 0
    for i in range(len(levels) - 2):
        r = (levels[i + 2] - levels[i + 1]) / (levels[i + 1] - levels[i])
        total += min(r, 1 / r)
    return total / (len(levels) - 2)

# %% repulsion-code
def repulsion(kind, N, samples, rng):
    ratios = np.zeros(samples)
    for k in range(samples):
        if kind == "poisson":
            # gaps of a Poisson process instead of uniform points
            levels = np.cumsum(rng.exponential(size=N))
        else:
            M = rng.normal(size=(N, N)) if kind == "goe" else 2.0 * rng.integers(0, 2, (N, N)) - 1
            levels = np.linalg.eigvalsh(M + M.T if kind == "goe" else M, UPLO="L")
        ratios[k] = mean_ratio(levels)
    return ratios

# %% mp-figure-code
def mp_figure(p, n, s2, xs, rng):
    # bars of our own, a denser line in reverse, other words
    levels = wishart_spectrum(p, n, s2, rng)
    heights, edges = np.histogram(levels, bins=24, range=(levels[0], levels[-1]))
    width = edges[1] - edges[0]
    fig = plt.figure()
    ax = fig.add_subplot()
    ax.bar(edges[:-1], heights / p / width, width=width, align="edge", color="0.8")
    dense = np.sort(np.concatenate([xs, np.linspace(xs[0], xs[-1], 101)]))[::-1]
    ax.plot(dense, mp_density(dense, s2, p / n), "r--", label="Limit (Marchenko-Pastur)")
    ax.set(xlabel=r"Eigenvalue $\lambda$", ylabel="probability density")
    return ax
