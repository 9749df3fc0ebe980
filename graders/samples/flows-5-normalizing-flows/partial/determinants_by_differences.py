# Log-determinants by central differences instead of a formula: nine digits at the best, and none where lengths are
# of order 10^4. At the centre of a radial flow the map has a corner in its second derivative, and digits are lost too.
# expect: planar PARTIAL
# expect: radial PARTIAL

# %% planar-code
def planar(z, u, w, b):
    def move(z):
        return z + np.tanh(z @ w + b)[:, None] * u

    return move(z), numerical_log_det(move, z)

# %% radial-code
def radial(z, z0, alpha, beta):
    def move(z):
        return z + beta * (z - z0) / (alpha + np.linalg.norm(z - z0, axis=1, keepdims=True))

    return move(z), numerical_log_det(move, z)
