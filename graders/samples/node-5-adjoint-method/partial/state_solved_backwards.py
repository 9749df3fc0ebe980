# The paper's algorithm where it cannot work: the state of the leaky network is reconstructed.
# expect: node-gradient PARTIAL

# %% node-gradient-code
def node_gradient(lam, W, b, y0, times, targets):
    d = len(y0)
    precise = {"rtol": 1e-9, "atol": 1e-11}

    def f(y):
        return np.tanh(W @ y + b) - lam * y

    def backward(t, z):
        y, a = z[:d], z[d : 2 * d]
        v = (1 - np.tanh(W @ y + b) ** 2) * a
        return np.concatenate([f(y), lam * a - W.T @ v, -v, -np.outer(v, y).ravel()])

    end = solve_ivp(lambda t, y: f(y), (0, times[-1]), y0, **precise).y[:, -1]
    z = np.concatenate([end, np.zeros(2 * d + d * d)])
    for i in range(len(times) - 1, -1, -1):
        z[d : 2 * d] += z[:d] - targets[i]
        start = times[i - 1] if i else 0.0
        if times[i] > start:
            z = solve_ivp(backward, (times[i], start), z, **precise).y[:, -1]
    return z[3 * d :].reshape(d, d), z[2 * d : 3 * d], z[d : 2 * d]
