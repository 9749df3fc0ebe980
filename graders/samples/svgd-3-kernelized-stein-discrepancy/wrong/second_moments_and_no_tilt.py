# Two mistakes in two cells. The kernel is averaged on its own, and the rest under the law of x - x' without the
# tilt (v = 2 s^2); the zetas are second moments about zero, which is right at q = p only.
# expect: population-ksd2 FAILED
# expect: hoeffding PARTIAL

# %% population-ksd2-code
def population_ksd2(m, s, h):
    v = 2 * s**2
    inner = m**2 + s**2 / 2 - v / 4 - v / h**2 + 1 / h**2 - v / h**4
    return h / np.sqrt(h**2 + 2 * s**2) * inner

# %% hoeffding-code
def hoeffding(m, s, h):
    z, step = np.linspace(-8.5, 8.5, 401, retstep=True)
    weight = step * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    x = (m + s * z)[:, None]
    u = stein_kernel(x, x, normal_score, h)
    return float(weight @ (u @ weight) ** 2), float(weight @ u**2 @ weight)
