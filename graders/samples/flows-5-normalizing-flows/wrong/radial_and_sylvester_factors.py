# The radial stretch is counted across in all d directions and not along the radius. A Sylvester flow is taken for a
# product of planar ones, as if the directions did not mix, and its points are moved along the rows of B. Radial points
# are moved away from the origin instead of the centre. Planar u is clipped, not corrected.
# expect: planar-u FAILED
# expect: radial FAILED
# expect: sylvester FAILED

# %% planar-u-code
def planar_u(u, w):
    return u + max(0.0, -1 - w @ u) * w / (w @ w)

# %% radial-code
def radial(z, z0, alpha, beta):
    r = np.linalg.norm(z - z0, axis=1)
    across = np.log1p(beta / (alpha + r))
    return z + (beta / (alpha + r))[:, None] * z, z.shape[1] * across

# %% sylvester-code
def sylvester(z, A, B, b):
    bend = np.tanh(z @ B.T + b)
    logdet = np.log(np.abs(1 + (1 - bend**2) * np.sum(B * A.T, axis=1))).sum(axis=1)
    return z + bend @ B, logdet
