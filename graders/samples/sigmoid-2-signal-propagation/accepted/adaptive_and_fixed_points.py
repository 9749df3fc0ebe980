# Adaptive quadrature instead of a grid, fixed-point iteration instead of root finding, a search in
# sigma_w instead of a walk in q, slopes by differences instead of derivatives by hand.

# %% gaussian-mean-code
def gaussian_mean(f):
    def integrand(z):
        return f(z) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    left = quad(integrand, -12, 0, epsabs=1e-13, epsrel=1e-10, limit=500)[0]
    right = quad(integrand, 0, 12, epsabs=1e-13, epsrel=1e-10, limit=500)[0]
    return left + right

# %% qmap-code
def qmap(q, sigma_w, sigma_b, phi):
    root = q**0.5
    return sigma_w**2 * gaussian_mean(lambda z: phi(root * z) ** 2) + sigma_b**2

# %% qstar-chi-code
def tanh_length(q, sigma_w, sigma_b):
    # the trapezoidal rule, as the iteration asks for many means of a smooth function
    z = np.linspace(-9, 9, 601)
    weight = np.exp(-(z**2) / 2)
    return sigma_w**2 * np.sum(weight * np.tanh(np.sqrt(q) * z) ** 2) / np.sum(weight) + sigma_b**2


def qstar_chi(sigma_w, sigma_b):
    if sigma_b == 0 and sigma_w <= 1:
        return 0.0, sigma_w**2
    q = sigma_w**2 + sigma_b**2
    for _ in range(100000):
        new = tanh_length(q, sigma_w, sigma_b)
        if abs(new - q) < 1e-13 * q:
            break
        q = new
    return q, sigma_w**2 * gaussian_mean(lambda z: np.cosh(np.sqrt(q) * z) ** -4.0)

# %% critical-tanh-code
def critical_tanh(sigma_b):
    if sigma_b == 0:
        return 1.0, 0.0
    sigma_w = brentq(lambda s: qstar_chi(s, sigma_b)[1] - 1, 1.0, 2.5, xtol=1e-13)
    return sigma_w, qstar_chi(sigma_w, sigma_b)[0]

# %% critical-erf-code
def critical_erf(q):
    # E phi^2 is the angle between two half-planes, here by its tangent
    sigma_w2 = (1 + np.pi * q) ** 0.5
    return sigma_w2, q - sigma_w2 * 2 / np.pi * np.arctan(np.pi * q / 2 / sigma_w2)

# %% cstar-xi-code
def cstar_xi(sigma_w, sigma_b):
    q, chi = qstar_chi(sigma_w, sigma_b)
    z = np.linspace(-8.5, 8.5, 301)
    density = np.exp(-(z**2) / 2)
    density = np.outer(density, density) / density.sum() ** 2

    def cmap(c):
        one = np.sqrt(q) * z[:, None]
        two = np.sqrt(q) * (c * z[:, None] + np.sqrt(1 - c**2) * z[None, :])
        return (sigma_w**2 * np.sum(density * np.tanh(one) * np.tanh(two)) + sigma_b**2) / q

    h = 1e-4 * q
    slope = (tanh_length(q + h, sigma_w, sigma_b) - tanh_length(q - h, sigma_w, sigma_b)) / (2 * h)
    xi_q = -1 / np.log(slope)
    if chi < 1:
        return 1.0, -1 / np.log(chi), xi_q
    # from below, so as not to sit on the unstable fixed point at 1
    c, new = 0.5, cmap(0.5)
    while abs(new - c) > 1e-11:
        c, new = new, cmap(new)
    c = new
    return c, -1 / np.log((cmap(c + 1e-5) - cmap(c - 1e-5)) / 2e-5), xi_q

# %% relu-c-code
def relu_c(c, L):
    for _ in range(L):
        angle = np.arccos(np.clip(c, -1, 1))
        c = (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi
    return c

# %% phase-diagram-code
def phase_diagram(sigma_bs):
    # dense points in reverse order: the same line
    fig = plt.figure()
    ax = fig.add_subplot()
    up = np.linspace(min(sigma_bs), max(sigma_bs), 41)
    up = np.sort(np.concatenate([up, sigma_bs]))[::-1]
    ax.plot([critical_tanh(s)[0] for s in up], up, "k--", label="Critical line, $\\chi_1=1$")
    ax.set(xlabel="standard deviation of the weights, σ_w", ylabel=r"$\sigma_{b}$")
    return ax
