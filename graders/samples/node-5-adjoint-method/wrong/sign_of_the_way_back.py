# The sign is turned twice, once in the equation and once in the span, so that the state decays again; the figure's error
# is relative to what was found, on a linear scale; the parameters act at the end only; the step length is forgotten.
# expect: two-gradients FAILED
# expect: reconstruct FAILED
# expect: blow-up FAILED
# expect: node-gradient PARTIAL

# %% two-gradients-code
def two_gradients(W, b, y0, target, T, n):
    h, y, states = T / n, y0, []
    for _ in range(n):
        states.append(y)
        y = y + h * np.tanh(W @ y + b)
    start, both = y, []
    for stored in (True, False):
        y, a, G = start, start - target, np.zeros_like(W)
        for k in range(n - 1, -1, -1):
            at = states[k] if stored else y
            v = (1 - np.tanh(W @ at + b) ** 2) * a
            G += np.outer(v, at)
            y, a = y - h * np.tanh(W @ y + b), a + h * W.T @ v
        both.append(G)
    return tuple(both)

# %% reconstruct-code
def reconstruct(lam, T):
    tolerances = {"rtol": 1e-6, "atol": 1e-9}
    end = solve_ivp(lambda t, y: -lam * y, (0, T), [1.0], **tolerances).y[:, -1]
    return float(solve_ivp(lambda t, y: lam * y, (T, 0), end, **tolerances).y[0, -1])

# %% blow-up-code
def blow_up(lams, T):
    _, ax = plt.subplots()
    ax.plot(lams, [abs(reconstruct(lam, T) - 1) / 1e9 for lam in lams], label="measured")
    ax.plot(lams, 1e-9 * np.exp(-lams * T), label="estimate")
    return ax

# %% node-gradient-code
def node_gradient(lam, W, b, y0, times, targets):
    d, end = len(y0), times[-1]
    precise = {"rtol": 1e-9, "atol": 1e-11}
    f = lambda t, y: np.tanh(W @ y + b) - lam * y
    flow = solve_ivp(f, (0, end), y0, dense_output=True, **precise).sol
    a = np.zeros(d)
    for i in range(len(times) - 1, -1, -1):
        a = a + flow(times[i]) - targets[i]
        start = times[i - 1] if i else 0.0
        if times[i] > start:
            back = lambda t, a: lam * a - W.T @ ((1 - np.tanh(W @ flow(t) + b) ** 2) * a)
            a = solve_ivp(back, (times[i], start), a, **precise).y[:, -1]
    v = (1 - np.tanh(W @ flow(end) + b) ** 2) * (flow(end) - targets[-1])
    return end * np.outer(v, flow(end)), end * v, a
