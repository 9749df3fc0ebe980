# scipy where it helps, dictionaries for the union of supports, quantiles for W1, the north-west corner rule
# for the plan, quadrature for the Gaussians, one equation after the other for the linear program.

# %% kl-code
from scipy.special import rel_entr


def kl(p, q):
    if min(p.min(), q.min()) < 0 or not np.allclose([p.sum(), q.sum()], 1, rtol=0, atol=1e-9):
        raise ValueError("not a distribution")
    return rel_entr(p, q).sum()

# %% divergences-code
def divergences(x, p, y, q):
    first, second = {}, {}
    for support, points, masses in ((first, x, p), (second, y, q)):
        for point, mass in zip(points, masses):
            support[point] = support.get(point, 0.0) + mass
    union = sorted(first.keys() | second.keys())
    a = np.array([first.get(point, 0.0) for point in union])
    b = np.array([second.get(point, 0.0) for point in union])
    m = 0.5 * (a + b)
    js = 0.5 * (rel_entr(a, m) + rel_entr(b, m)).sum()
    return [kl(a, b), kl(b, a), js, np.maximum(a - b, 0).sum()]

# %% w1-code
def w1(x, p, y, q):
    # the area between the quantile functions, in rows
    i, j = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    f, g = np.cumsum(p[i]), np.cumsum(q[j])
    marks = np.sort(np.concatenate([[0.0], f, g]))
    middle = (marks[1:] + marks[:-1]) / 2
    a = x[i][np.minimum(np.searchsorted(f, middle), len(x) - 1)]
    b = y[j][np.minimum(np.searchsorted(g, middle), len(y) - 1)]
    return np.sum(np.diff(marks) * np.abs(a - b))

# %% monotone-plan-code
def monotone_plan(x, p, y, q):
    plan = np.zeros((x.size, y.size))
    rows, columns = list(np.argsort(x)), list(np.argsort(y))
    left, room = p.copy(), q.copy()
    while rows and columns:
        i, j = rows[0], columns[0]
        mass = min(left[i], room[j])
        plan[i, j] += mass
        left[i] -= mass
        room[j] -= mass
        if left[i] <= room[j]:
            rows.pop(0)
        else:
            columns.pop(0)
    return plan

# %% shifted-code
def shifted(theta, w):
    if theta == 0:
        return (0,) * 5
    if w == 0:
        return point_masses(theta)
    common = np.clip(1 - np.abs(theta) / w, 0, 1)
    return np.inf, np.inf, np.log(2) * min(1, abs(theta) / w), 1 - common, np.abs(theta)

# %% distance-curves-code
def distance_curves(thetas, w):
    fig = plt.figure()
    ax = fig.add_subplot()
    ax.axhline(np.log(2), color="grey", lw=0.5)
    for name, column in zip(["W1", "TV", "JS"], [4, 3, 2]):
        ax.scatter(thetas, [shifted(theta, w)[column] for theta in thetas], label=name)
    ax.set(xlabel="shift θ", ylabel="Distance")
    fig.legend()
    ax.legend(loc="upper center")
    return ax

# %% gauss-w1-code
from scipy.integrate import quad


def gauss_w1(m1, s1, m2, s2):
    a, b = m1 - m2, s1 - s2

    def integrand(z):
        return abs(a + b * z) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)

    corner = float(np.clip(-a / b, -12, 12)) if b else 0.0
    return quad(integrand, -12, corner)[0] + quad(integrand, corner, 12)[0]

# %% transport-code
def transport(X, p, Y, q):
    n, m = len(X), len(Y)
    cost = [[np.sqrt(((a - b) ** 2).sum()) for b in Y] for a in X]
    A = np.zeros((n + m, n, m))
    for i in range(n):
        A[i, i, :] = 1
    for j in range(m):
        A[n + j, :, j] = 1
    result = linprog(np.ravel(cost), A_eq=A.reshape(n + m, -1), b_eq=np.append(p, q), method="highs-ds")
    return result.fun, result.x.reshape((n, m))
