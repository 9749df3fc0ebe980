# Time is stepped until it equals T exactly. In the visible test h is a power of two and it does; in general never.
# expect: two-gradients TIMEOUT

# %% two-gradients-code
def two_gradients(W, b, y0, target, T, n):
    h, t, y, states = T / n, 0.0, y0, []
    while t != T:
        states.append(y)
        y = y + h * np.tanh(W @ y + b)
        t = t + h
        states = states[-100:]
    start, both = y, []
    for stored in (True, False):
        y, a, G = start, start - target, np.zeros_like(W)
        for k in range(n - 1, -1, -1):
            at = states[k] if stored else y
            v = (1 - np.tanh(W @ at + b) ** 2) * a
            G += h * np.outer(v, at)
            y, a = y - h * np.tanh(W @ y + b), a + h * W.T @ v
        both.append(G)
    return tuple(both)
