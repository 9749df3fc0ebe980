# Everything by the square and the circle: means over angles, root finding in place of Newton's method, words by
# multiplying out with memory, cumulants by undetermined coefficients of the relation for M.

# %% pauli-density-code
def pauli_density(x, s1, s2, kind):
    from scipy.special import ive

    big, small = max(s1, s2), min(s1, s2)
    if kind == "same":
        return np.exp(-0.5 * x * x / (s1 * s1 + s2 * s2)) / np.sqrt(2 * np.pi * (s1 * s1 + s2 * s2))
    y = x**2 * (big - small) * (big + small) / (2 * big * small) ** 2
    return abs(x) * np.exp(-(x**2) / (2 * big**2)) * ive(0, y) / (2 * big * small)

# %% free-word-code
def free_word(word, ma, mb):
    known = {"": 1.0}

    def mean(w):
        if w not in known:
            blocks = [(letter, len(list(run))) for letter, run in itertools.groupby(w)]
            numbers = [(ma if letter == "a" else mb)[size - 1] for letter, size in blocks]
            if len(blocks) == 1:
                known[w] = numbers[0]
            else:
                total = 0.0
                for keep in itertools.product([True, False], repeat=len(blocks)):
                    if all(keep):
                        continue
                    left = "".join(letter * size for (letter, size), k in zip(blocks, keep) if k)
                    sign = -1.0
                    for number, k in zip(numbers, keep):
                        sign *= 1.0 if k else -number
                    total += sign * mean(left)
                known[w] = total
        return known[w]

    return mean(word)

# %% free-cumulants-code
def free_cumulants(m):
    # the n-th cumulant enters the n-th moment with factor 1: set it to zero, see what is missing
    def moments(kappa):
        out = [1.0]
        for n in range(1, len(kappa) + 1):
            poly = np.polynomial.Polynomial(out)
            total = 0.0
            for s in range(1, n + 1):
                coefficients = (poly**s).coef
                total += kappa[s - 1] * (coefficients[n - s] if n - s < len(coefficients) else 0.0)
            out.append(total)
        return out[1:]

    kappa = []
    for moment in m:
        kappa.append(0.0)
        kappa[-1] = moment - moments(kappa)[-1]
    return np.array(kappa)

# %% semicircle-sum-code
def semicircle_sum(p, r, z):
    radius = np.sqrt(2) * np.hypot(p, r)
    return radius**2 / 4 * z, radius

# %% sign-moment-code
def sign_moment(a, b, k):
    if k % 2 == 1:
        return 0
    theta = np.arange(100) * 2 * np.pi / 100
    return np.mean(np.abs(a + b * np.exp(1j * theta)) ** k)

# %% sign-spectrum-code
def sign_spectrum(a, b, N, rng):
    # the singular vectors of a Gaussian matrix; Q sits in a rotated basis, P on a random half
    u, _, vt = np.linalg.svd(rng.normal(size=(N, N)))
    half = rng.permutation(np.r_[np.ones(N // 2), -np.ones(N // 2)])
    turned = u @ vt
    return np.linalg.eigh(a * np.diag(half) + b * turned @ np.diag(half) @ turned.T)[0]

# %% plot-sign-sum-code
def plot_sign_sum(a, b, N, bins, rng):
    _, ax = plt.subplots()
    x = np.linspace(-(a + b), a + b, 1202)[1:-1]
    under = (x**2 - (a - b) ** 2) * ((a + b) ** 2 - x**2)
    y = np.zeros_like(x)
    y[under > 0] = np.abs(x[under > 0]) / np.pi / np.sqrt(under[under > 0])
    ax.plot(x, y, label="limit")
    ax.hist(sign_spectrum(a, b, N, rng), np.linspace(-(a + b), a + b, bins + 1), density=True, label="Sampled")
    ax.set_xlabel("eigenvalue")
    ax.set_ylabel("density")
    ax.legend(loc="upper center")
    return ax

# %% s-transform-code
def S_transform(moments, z):
    from scipy.optimize import brentq

    if abs(z) < 1e-12:
        return 1 / moments[0]
    coefficients = [0.0, *moments]

    def equation(x):
        return np.polynomial.polynomial.polyval(x, coefficients) - z

    guess = z / moments[0]
    return (1 + z) / z * brentq(equation, min(0.3 * guess, 2 * guess), max(0.3 * guess, 2 * guess), xtol=1e-15)
