# One matrix for all layers, entries of variance one, and the whole matrix negated, which does not change
# the sign when N is even.
# expect: deep-start FAILED

# %% deep-start-code
def deep_start(kind, A, L, rng):
    N = len(A)
    W = haar(N, rng) if kind == "orthogonal" else rng.standard_normal((N, N))
    Ws = np.array([W] * L)
    if np.prod(np.linalg.slogdet(Ws)[0]) != np.linalg.slogdet(A)[0]:
        Ws[0] *= -1
    return Ws
