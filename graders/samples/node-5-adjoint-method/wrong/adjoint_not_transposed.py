# a' = -A a in place of -A' a, so that the gradient and a(0) are wrong; new values used within a step of Euler, and the
# two gradients exchanged; a leak that the adjoint does not feel.
# expect: adjoint-grad PARTIAL
# expect: two-gradients FAILED
# expect: node-gradient PARTIAL

# %% adjoint-grad-code
def adjoint_grad(A, y0, c, T):
    d = len(y0)
    end = expm(T * A) @ y0

    def backward(t, z):
        return np.concatenate([A @ z[:d], -A @ z[d : 2 * d], -np.outer(z[d : 2 * d], z[:d]).ravel()])

    z0 = np.concatenate([end, c, np.zeros(d * d)])
    z = solve_ivp(backward, (T, 0), z0, rtol=1e-9, atol=1e-11).y[:, -1]
    return z[2 * d :].reshape(d, d), z[d : 2 * d], float(c @ A @ end)

# %% two-gradients-code
def two_gradients(W, b, y0, target, T, n):
    h, states = T / n, [y0]
    for _ in range(n):
        states.append(states[-1] + h * np.tanh(W @ states[-1] + b))
    a, discrete = states[n] - target, np.zeros_like(W)
    for y in reversed(states[:n]):
        v = (1 - np.tanh(W @ y + b) ** 2) * a
        discrete += h * np.outer(v, y)
        a = a + h * W.T @ v
    y, a, continuous = states[n], states[n] - target, np.zeros_like(W)
    for _ in range(n):
        y = y - h * np.tanh(W @ y + b)
        v = (1 - np.tanh(W @ y + b) ** 2) * a
        a = a + h * W.T @ v
        continuous += h * np.outer(v, y)
    return continuous, discrete

# %% node-gradient-code
def node_gradient(lam, W, b, y0, times, targets):
    d = len(y0)
    precise = {"rtol": 1e-8, "atol": 1e-10}
    f = lambda t, y: np.tanh(W @ y + b) - lam * y
    flow = solve_ivp(f, (0, times[-1]), y0, dense_output=True, **precise).sol

    def backward(t, z):
        v = (1 - np.tanh(W @ flow(t) + b) ** 2) * z[:d]
        return np.concatenate([-W.T @ v, -v, -np.outer(v, flow(t)).ravel()])

    z = np.zeros(2 * d + d * d)
    for i in range(len(times) - 1, -1, -1):
        z[:d] += flow(times[i]) - targets[i]
        start = times[i - 1] if i else 0.0
        if times[i] > start:
            z = solve_ivp(backward, (times[i], start), z, **precise).y[:, -1]
    return z[2 * d :].reshape(d, d), z[d : 2 * d], z[:d]
