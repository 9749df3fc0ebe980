# The gradient by A as if everything commuted, though the other two are right; of several observations
# only the last jump is made; the figure has no words; only the discrete gradient is known.
# expect: adjoint-grad PARTIAL
# expect: two-gradients PARTIAL
# expect: blow-up PARTIAL
# expect: node-gradient PARTIAL

# %% adjoint-grad-code
def adjoint_grad(A, y0, c, T):
    flow = expm(T * A)
    return T * np.outer(flow.T @ c, y0), flow.T @ c, float(c @ A @ flow @ y0)

# %% two-gradients-code
def two_gradients(W, b, y0, target, T, n):
    h, states = T / n, [y0]
    for _ in range(n):
        states.append(states[-1] + h * np.tanh(W @ states[-1] + b))
    a, G = states[n] - target, np.zeros_like(W)
    for y in reversed(states[:n]):
        v = (1 - np.tanh(W @ y + b) ** 2) * a
        G += h * np.outer(v, y)
        a = a + h * W.T @ v
    return G, G

# %% blow-up-code
def blow_up(lams, T):
    _, ax = plt.subplots()
    ax.plot(lams, [abs(reconstruct(lam, T) - 1) for lam in lams], label="measured")
    ax.plot(lams, 1e-9 * np.exp(lams * T), label="estimate")
    return ax

# %% node-gradient-code
def node_gradient(lam, W, b, y0, times, targets):
    d, end = len(y0), times[-1]
    precise = {"method": "DOP853", "rtol": 1e-9, "atol": 1e-11}
    flow = solve_ivp(lambda t, y: np.tanh(W @ y + b) - lam * y, (0, end), y0, dense_output=True, **precise).sol

    def backward(t, z):
        v = (1 - np.tanh(W @ flow(t) + b) ** 2) * z[:d]
        return np.concatenate([lam * z[:d] - W.T @ v, -v, -np.outer(v, flow(t)).ravel()])

    z = solve_ivp(backward, (end, 0), np.append(flow(end) - targets[-1], np.zeros(d + d * d)), **precise).y[:, -1]
    return z[2 * d :].reshape(d, d), z[d : 2 * d], z[:d]
