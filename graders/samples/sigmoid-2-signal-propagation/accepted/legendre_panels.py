# Gauss-Legendre on many short panels; the stable fixed point of the length map by Newton's method; the
# correlation map by the Hermite expansion of tanh, where C(c) is a power series in c.

# %% gaussian-mean-code
NODES, WEIGHTS = np.polynomial.legendre.leggauss(10)
EDGES = np.linspace(-9, 9, 1201)
HALF = (EDGES[1] - EDGES[0]) / 2
Z = (EDGES[:-1, None] + HALF * (1 + NODES)).ravel()
P = np.tile(HALF * WEIGHTS, 1200) * np.exp(-(Z**2) / 2) / np.sqrt(2 * np.pi)


def gaussian_mean(f):
    return P @ f(Z)

# %% qmap-code
def qmap(q, sigma_w, sigma_b, phi):
    return sigma_w * sigma_w * gaussian_mean(lambda z: phi(z * np.sqrt(q)) ** 2) + sigma_b * sigma_b

# %% qstar-chi-code
def means(q):
    t = np.tanh(np.sqrt(q) * Z)
    d = 1 - t**2
    return P @ t**2, P @ d**2, P @ (t * -2 * t * d)


def qstar_chi(sigma_w, sigma_b):
    q = sigma_w**2 + sigma_b**2
    if sigma_b == 0 and sigma_w <= 1:
        return 0, sigma_w**2
    # V is concave, so Newton from above comes down to the fixed point without overshooting
    for _ in range(60):
        square, slope, bend = means(q)
        q = q - (q - sigma_w**2 * square - sigma_b**2) / (1 - sigma_w**2 * (slope + bend))
    return q, sigma_w**2 * means(q)[1]

# %% critical-tanh-code
def critical_tanh(sigma_b):
    # bisection in q, by hand
    low, high = 0.0, 3.0
    for _ in range(60):
        q = (low + high) / 2
        square, slope, _ = means(q)
        if q - square / slope < sigma_b**2:
            low = q
        else:
            high = q
    if sigma_b == 0:
        return 1, 0
    return 1 / np.sqrt(means(q)[1]), q

# %% critical-erf-code
def critical_erf(q):
    a = np.pi * q
    return np.array([np.sqrt(1 + a), q - np.sqrt(1 + a) * 2 / np.pi * np.arcsin(a / (2 + a))])

# %% cstar-xi-code
def cstar_xi(sigma_w, sigma_b):
    q, chi = qstar_chi(sigma_w, sigma_b)
    slope, bend = means(q)[1:]
    xi_q = -1 / np.log(sigma_w**2 * (slope + bend))
    if chi < 1:
        return 1.0, -1 / np.log(chi), xi_q
    # E phi(u1) phi(u2) = sum of a_n^2 c^n with a_n = E phi(sqrt(q) z) He_n(z) / sqrt(n!)
    before, now = np.zeros_like(Z), np.ones_like(Z)
    phi = np.tanh(np.sqrt(q) * Z)
    squares = []
    for n in range(400):
        squares.append((P @ (phi * now)) ** 2)
        before, now = now, (Z * now - np.sqrt(n) * before) / np.sqrt(n + 1)
    series = np.polynomial.Polynomial(sigma_w**2 * np.array(squares) / q) + sigma_b**2 / q
    c = 0.0
    for _ in range(2000):
        c = series(c)
    return c, -1 / np.log(series.deriv()(c)), xi_q

# %% relu-c-code
def relu_c(c, L):
    # recursion over layers, in blocks that Python's stack can hold
    if L == 0:
        return float(c)
    if L > 500:
        return relu_c(relu_c(c, 500), L - 500)
    c = relu_c(c, L - 1)
    return min(1.0, (np.sqrt((1 - c) * (1 + c)) + c * (np.pi - np.arccos(c))) / np.pi)

# %% phase-diagram-code
def phase_diagram(sigma_bs):
    fig, ax = plt.subplots()
    points = np.array([(critical_tanh(s)[0], s) for s in sigma_bs])
    ax.fill_betweenx(points[:, 1], 0.8, points[:, 0], alpha=0.2, label="order")
    ax.scatter(points[:, 0], points[:, 1], label="critical line")
    ax.set_xlabel(r"$\sigma_w$")
    ax.set_ylabel(r"$\sigma_b$")
    return ax
