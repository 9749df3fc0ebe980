# The laws are right, the sign of the determinant is left to chance.
# expect: deep-start PARTIAL

# %% deep-start-code
def deep_start(kind, A, L, rng):
    N = len(A)
    if kind == "orthogonal":
        return np.array([haar(N, rng) for _ in range(L)])
    return rng.normal(0, 1 / np.sqrt(N), (L, N, N))
