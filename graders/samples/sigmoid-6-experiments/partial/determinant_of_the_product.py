# The sign is read off the product of all layers, whose computed determinant is noise when they are Gaussian and many.
# expect: deep-start PARTIAL

# %% deep-start-code
def deep_start(kind, A, L, rng):
    N = len(A)
    if kind == "orthogonal":
        Ws = np.array([haar(N, rng) for _ in range(L)])
    else:
        Ws = rng.normal(0, 1 / np.sqrt(N), (L, N, N))
    product = np.linalg.multi_dot([*Ws[::-1], np.eye(N), np.eye(N)])
    if np.linalg.det(product) * np.linalg.det(A) < 0:
        Ws[0, 0] *= -1
    return Ws
