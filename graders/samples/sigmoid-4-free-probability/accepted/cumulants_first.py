# The roundabout by cumulants: words as sums over non-crossing blocks, cumulants by Lagrange's formula, moments of
# the reflections from added cumulants, the S-transform as an inverted series, the density by differences of angles.

# %% pauli-density-code
def pauli_density(x, s1, s2, kind):
    # the crossed sum by the angular integral, on equally spaced angles of a periodic function
    if kind == "same":
        s = np.hypot(s1, s2)
        return np.exp(-((x / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi))
    t = np.linspace(0, np.pi, 2001)[:-1]
    grid = (np.cos(t) / s1) ** 2 + (np.sin(t) / s2) ** 2
    return np.abs(x) / (2 * s1 * s2) * np.mean(np.exp(-0.5 * np.outer(x**2, grid)), axis=1)

# %% free-word-code
def lagrange(m):
    m = np.asarray(m, dtype=float)
    inverse = [1.0]
    for n in range(1, len(m) + 1):
        inverse.append(-sum(m[k - 1] * inverse[n - k] for k in range(1, n + 1)))
    kappa, power = [m[0]], np.array(inverse)
    for n in range(2, len(m) + 1):
        kappa.append(-power[n] / (n - 1))
        power = np.convolve(power, inverse)[: len(m) + 1]
    return np.array(kappa)


def free_word(word, ma, mb):
    kappa = {"a": lagrange(ma), "b": lagrange(mb)}

    def value(w):
        if not w:
            return 1.0
        same = [i for i in range(1, len(w)) if w[i] == w[0]]
        total = 0.0
        for size in range(len(same) + 1):
            for chosen in itertools.combinations(same, size):
                stops = [0, *chosen, len(w)]
                term = kappa[w[0]][size]
                for left, right in zip(stops, stops[1:]):
                    term = term * value(w[left + 1 : right])
                total += term
        return total

    return value(word)

# %% free-cumulants-code
def free_cumulants(m):
    return lagrange(m)

# %% semicircle-sum-code
def semicircle_sum(p, r, z):
    def one(g):  # the R-transform of a semicircle of radius sqrt(2)
        return g / 2

    return p * one(p * z) + r * one(r * z), np.sqrt(2 * p * p + 2 * r * r)

# %% sign-moment-code
def sign_moment(a, b, k):
    # cumulants of one coin: kappa_2n = (-1)^(n-1) Catalan(n-1)
    kappa = np.zeros(k + 1)
    for n in range(1, k // 2 + 1):
        kappa[2 * n] = (-1) ** (n - 1) * comb(2 * n - 2, n - 1) / n * (a ** (2 * n) + b ** (2 * n))
    m = np.zeros(k + 1)
    m[0] = 1
    for n in range(1, k + 1):
        power = np.array([1.0])
        for s in range(1, n + 1):
            power = np.convolve(power, m)[: k + 1]
            m[n] += kappa[s] * power[n - s]
    return m[k] if k % 2 == 0 else 0

# %% sign-spectrum-code
def sign_spectrum(a, b, N, rng):
    # a complex rotation does as well; Q as a reflection at a random half of the space
    g = rng.normal(size=(N, N // 2)) + 1j * rng.normal(size=(N, N // 2))
    frame, _ = np.linalg.qr(g)
    signs = np.ones(N)
    signs[::2] = -1
    values = np.linalg.eigvalsh(a * np.diag(signs) + b * (2 * frame @ frame.conj().T - np.eye(N)))
    return rng.permutation(values)

# %% plot-sign-sum-code
def plot_sign_sum(a, b, N, bins, rng):
    fig = plt.figure()
    ax = fig.add_subplot()
    edges = np.linspace(-a - b, a + b, bins + 1)
    counts, _ = np.histogram(sign_spectrum(a, b, N, rng), edges)
    ax.bar(edges[:-1], counts / N / np.diff(edges), width=np.diff(edges), align="edge", label="sampled spectrum")
    # the angle as a parameter, with the two branches and a gap between them
    t = np.linspace(1e-4, np.pi - 1e-4, 500)
    x = np.sqrt(a * a + b * b + 2 * a * b * np.cos(t))
    y = x / (2 * np.pi * a * b * np.sin(t))
    ax.plot(np.r_[x, np.nan, -x], np.r_[y, np.nan, y], "r", label="the limit")
    ax.set(xlabel="λ", ylabel="density", ylim=(0, 2))
    ax.legend()
    return ax

# %% s-transform-code
def S_transform(moments, z):
    # [z^n] chi = [x^(n-1)] (x / psi(x))^n / n
    m = [float(v) for v in moments]
    inverse = [1 / m[0]]
    for n in range(1, len(m)):
        inverse.append(-sum(m[k] * inverse[n - k] for k in range(1, n + 1)) / m[0])
    chi_over_z, power = 0.0, np.array([1.0])
    for n in range(1, len(m) + 1):
        power = np.convolve(power, inverse)[: len(m)]
        chi_over_z += power[n - 1] / n * z ** (n - 1)
    return (1 + z) * chi_over_z
