# The sum over the coordinates in the last term is forgotten: 1 / h^2 in place of d / h^2.
# expect: stein-kernel PARTIAL

# %% stein-kernel-code
def stein_kernel(X, Y, score, h):
    sx, sy = score(X), score(Y)
    gap = X[:, None] - Y
    square = np.sum(gap**2, axis=2)
    mixed = np.sum((sx[:, None] - sy) * gap, axis=2) / h**2
    return np.exp(-square / (2 * h**2)) * (sx @ sy.T + mixed + 1 / h**2 - square / h**4)
