# The mean of the two orders, which is the trapezoidal rule with two points; a flipped sign in the linear system;
# the two recipes with the wrong states: the end of each step for the one, stored states for the other.
# expect: steady FAILED
# expect: frechet FAILED
# expect: two-gradients FAILED

# %% steady-code
def steady_gradient(A, b, c, dA, db):
    return (dA @ np.linalg.solve(A, b) - db) @ np.linalg.solve(A.T, c)

# %% frechet-code
def frechet(A, E, T):
    flow = expm(T * A)
    return T * (E @ flow + flow @ E) / 2

# %% two-gradients-code
def two_gradients(W, b, y0, target, T, n):
    h, states = T / n, [y0]
    for _ in range(n):
        states.append(states[-1] + h * np.tanh(W @ states[-1] + b))
    both = []
    for chosen in (states[1:], states[:-1]):
        a, G = states[n] - target, np.zeros_like(W)
        for y in reversed(chosen):
            v = (1 - np.tanh(W @ y + b) ** 2) * a
            G += h * np.outer(v, y)
            a = a + h * W.T @ v
        both.append(G)
    return both[0], both[1]
