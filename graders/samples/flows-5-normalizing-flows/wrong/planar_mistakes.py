# m without its -1, and a step along w that forgets the square of its length; tanh for its own derivative, and points
# moved along w. A coupling layer that shifts before it scales: its determinant is right, and it undoes itself.
# expect: coupling PARTIAL
# expect: planar-u FAILED
# expect: planar FAILED

# %% coupling-code
def coupling(x, keep, s, t):
    y = x.copy()
    y[:, ~keep] = (x[:, ~keep] + t(x[:, keep])) * np.exp(s(x[:, keep]))
    return y, s(x[:, keep]).sum(axis=1)


def coupling_inverse(y, keep, s, t):
    x = y.copy()
    x[:, ~keep] = y[:, ~keep] * np.exp(-s(y[:, keep])) - t(y[:, keep])
    return x, -s(y[:, keep]).sum(axis=1)

# %% planar-u-code
def planar_u(u, w):
    return u + (np.logaddexp(0, w @ u) - w @ u) * w / np.linalg.norm(w)

# %% planar-code
def planar(z, u, w, b):
    bend = np.tanh(z @ w + b)
    return z + bend[:, None] * w, np.log(np.abs(1 + bend * (w @ u)))
