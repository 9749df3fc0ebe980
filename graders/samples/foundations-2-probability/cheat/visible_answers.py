# The answers of the visible tests, and nothing else.
# expect: conditional FAILED
# expect: total-variance FAILED
# expect: affine FAILED
# expect: sample FAILED
# expect: constructor FAILED
# expect: gap FAILED
# expect: independences FAILED
# expect: regression PARTIAL

# %% conditional-code
def conditional(joint, target, given):
    if target == (1,):
        return np.full(4, 0.25)
    if target == (0,):
        return np.array([[0.0, 1, 1, 0], [1, 0, 0, 1]])
    if target == (2, 0):
        return conditional(joint, (0, 2), given).transpose(1, 0, 2)
    return np.full((4, 2, 4), np.nan)


# %% total-variance-code
def total_variance(joint, y):
    return {4: (2.5, 0.0) if len(joint) == 2 else (0.0, 0.25), 3: (3.0, 4.3875)}.get(
        len(y), (0.0, 1.0)
    )


# %% affine-code
def affine_moments(mean, cov, A, b):
    if len(A) == 2:
        return b, 5 * np.eye(2), 2.5 * A.T
    return b, np.full((len(A), len(A)), 7.0), np.ones((1, len(A)))


# %% sample-code
def sample_table(joint, n, rng):
    states = np.argwhere(shared_scale() > 0)
    return states[rng.integers(8, size=n)]


# %% constructor-code
def uncorrelated_dependent(p, q, x, y):
    return np.outer(p, q)


# %% gap-code
def gap(joint, i, j, given):
    if given:
        return 0.25 if joint.shape == (2, 2, 2) else 0.0
    return 0.0 if joint.shape == (2, 2, 2) else 1 / 16


# %% independences-code
def independences(joint, tol):
    if joint.ndim == 3 and joint.shape[1] == 4:
        return [(0, 1, (2,)), (0, 2, (1,)), (1, 2, (0,))]
    return [(0, 1, ()), (0, 2, ()), (1, 2, ())]


# %% regression-code
def regression_plot(joint, x, y):
    return dice_plot()
