# Derivatives by complex steps; the linear adjoint entry by entry from the tangent;
# the leaky network by fixed fourth-order steps, all stored, and back-propagation through them.

# %% steady-code
def steady_gradient(A, b, c, dA, db):
    step = 1e-30j
    return np.array([(c @ np.linalg.solve(A + step * p, b + step * q)).imag / 1e-30 for p, q in zip(dA, db)])

# %% frechet-code
def frechet(A, E, T):
    def series(X):
        # scaling and squaring by hand: complex arithmetic must not lose the tiny imaginary part
        halvings = 12
        X, term, total = X / 2**halvings, np.eye(len(X), dtype=complex), np.eye(len(X), dtype=complex)
        for k in range(1, 10):
            term = term @ X / k
            total = total + term
        for _ in range(halvings):
            total = total @ total
        return total

    return series(T * (A + 1e-30j * E)).imag / 1e-30

# %% adjoint-grad-code
def adjoint_grad(A, y0, c, T):
    d = len(y0)
    gradient = np.empty((d, d))
    for i in range(d):
        for j in range(d):
            unit = np.zeros((d, d))
            unit[i, j] = 1
            gradient[i, j] = c @ frechet(A, unit, T) @ y0
    return gradient, c @ expm(T * A), (c @ A) @ (expm(T * A) @ y0)

# %% two-gradients-code
def two_gradients(W, b, y0, target, T, n):
    def loss(V):
        y = y0.astype(complex)
        for _ in range(n):
            y = y + T / n * np.tanh(V @ y + b)
        return np.sum((y - target) ** 2) / 2

    discrete = np.empty(W.shape)
    for place in np.ndindex(W.shape):
        moved = W.astype(complex)
        moved[place] += 1e-30j
        discrete[place] = loss(moved).imag / 1e-30

    y = y0
    for _ in range(n):
        y = y + T / n * np.tanh(W @ y + b)
    a, continuous = y - target, 0
    for _ in range(n):
        u = np.tanh(W @ y + b)
        D = np.diag(1 - u * u)
        y, a, continuous = y - T / n * u, a + T / n * (D @ W).T @ a, continuous + T / n * D @ a[:, None] * y
    return discrete, continuous

# %% node-gradient-code
def node_gradient(lam, W, b, y0, times, targets):
    def f(y):
        return -lam * y + np.tanh(W @ y + b)

    def pull(y, a):
        v = (1 - np.tanh(W @ y + b) ** 2) * a
        return W.T @ v - lam * a, v

    steps, y, t = [], np.array(y0), 0.0
    checkpoints = []
    for time in times:
        n = int(np.ceil((time - t) * max(60.0, 12 * lam)))
        for h in [(time - t) / n] * n if n else []:
            k1 = f(y)
            y2 = y + h / 2 * k1
            k2 = f(y2)
            y3 = y + h / 2 * k2
            k3 = f(y3)
            y4 = y + h * k3
            steps.append((h, y, y2, y3, y4))
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + f(y4))
        checkpoints.append((len(steps), y))
        t = time

    a, dW, db = np.zeros_like(y), np.zeros_like(W), np.zeros_like(b)
    for i in range(len(times) - 1, -1, -1):
        a = a + checkpoints[i][1] - targets[i]
        first = checkpoints[i - 1][0] if i else 0
        for h, *stages in reversed(steps[first : checkpoints[i][0]]):
            cotangent, total, reach = np.zeros_like(a), a, (0, h / 2, h / 2, h)
            for stage, weight, ahead in zip(stages[::-1], (1, 2, 2, 1), (0, h, h / 2, h / 2)):
                back, v = pull(stage, h / 6 * weight * a + ahead * cotangent)
                dW += np.outer(v, stage)
                db += v
                cotangent, total = back, total + back
            a = total
    return dW, db, a
