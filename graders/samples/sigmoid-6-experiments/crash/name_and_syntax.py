# One cell does not parse, one raises when it is called; the rest keeps its credit.
# expect: fit-xi MISSING
# expect: measure-xi ERROR
# expect: deep-start ERROR

# %% fit-xi-code
def fit_xi(layers)
    return 1.0

# %% deep-start-code
def deep_start(kind, A, L, rng):
    return np.array([random_matrix(kind, len(A)) for _ in range(L)])
