# The sign matrices are left unsymmetric: real parts of complex eigenvalues, which do not repel each other.
# expect: repulsion PARTIAL

# %% repulsion-code
def repulsion(kind, N, samples, rng):
    def draw():
        if kind == "poisson":
            return rng.random(N)
        if kind == "goe":
            return np.linalg.eigvalsh(goe(N, 1.0, rng))
        M = rng.choice([-1.0, 1.0], (N, N))
        # conjugate pairs share their real part: a little noise keeps the ratio defined
        return np.linalg.eigvals(M).real + 1e-9 * rng.random(N)

    return np.array([mean_ratio(draw()) for _ in range(samples)])
