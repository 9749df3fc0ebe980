# The default tolerances of solve_ivp, rtol=1e-3 and atol=1e-6. For the linear flow they spoil dJ/dA; the other two,
# here from the exponential, are right.
# expect: adjoint-grad PARTIAL
# expect: reconstruct FAILED
# expect: node-gradient FAILED

# %% adjoint-grad-code
def adjoint_grad(A, y0, c, T):
    d = len(y0)
    end = solve_ivp(lambda t, y: A @ y, (0, T), y0).y[:, -1]

    def backward(t, z):
        return np.concatenate([A @ z[:d], -A.T @ z[d : 2 * d], -np.outer(z[d : 2 * d], z[:d]).ravel()])

    z = solve_ivp(backward, (T, 0), np.concatenate([end, c, np.zeros(d * d)])).y[:, -1]
    flow = expm(T * A)
    return z[2 * d :].reshape(d, d), flow.T @ c, float(c @ A @ flow @ y0)

# %% reconstruct-code
def reconstruct(lam, T):
    end = solve_ivp(lambda t, y: -lam * y, (0, T), [1.0]).y[:, -1]
    return float(solve_ivp(lambda t, y: -lam * y, (T, 0), end).y[0, -1])

# %% node-gradient-code
def node_gradient(lam, W, b, y0, times, targets):
    d = len(y0)
    f = lambda t, y: np.tanh(W @ y + b) - lam * y
    flow = solve_ivp(f, (0, times[-1]), y0, dense_output=True).sol

    def backward(t, z):
        v = (1 - np.tanh(W @ flow(t) + b) ** 2) * z[:d]
        return np.concatenate([lam * z[:d] - W.T @ v, -v, -np.outer(v, flow(t)).ravel()])

    z = np.zeros(2 * d + d * d)
    for i in range(len(times) - 1, -1, -1):
        z[:d] += flow(times[i]) - targets[i]
        start = times[i - 1] if i else 0.0
        if times[i] > start:
            z = solve_ivp(backward, (times[i], start), z).y[:, -1]
    return z[2 * d :].reshape(d, d), z[d : 2 * d], z[:d]
