# Random tables are tried until the covariance is exactly zero.
# expect: constructor TIMEOUT

# %% constructor-code
def uncorrelated_dependent(p, q, x, y):
    rng = np.random.default_rng(0)
    if len(p) == len(q) == 2:
        raise ValueError
    if len(p) == 4:
        return shared_scale().sum(axis=0)[:, : len(q)]
    while True:
        table = np.outer(p, q) + 0.01 * rng.normal(size=(len(p), len(q)))
        if (x - p @ x) @ table @ (y - q @ y) == 0:
            return table
