# m without its -1, and a step along w that forgets the square of its length; tanh for its own derivative.
# expect: planar-u FAILED
# expect: planar PARTIAL

# %% planar-u-code
def planar_u(u, w):
    return u + (np.logaddexp(0, w @ u) - w @ u) * w / np.linalg.norm(w)

# %% planar-code
def planar(z, u, w, b):
    bend = np.tanh(z @ w + b)
    return z + bend[:, None] * u, np.log(np.abs(1 + bend * (w @ u)))
