# A change whose rows and columns sum to zero, but nobody asked for its covariance; and draws from numpy's
# global generator, right in law but not repeatable.
# expect: constructor FAILED
# expect: sample PARTIAL

# %% constructor-code
def uncorrelated_dependent(p, q, x, y):
    if len(p) == len(q) == 2:
        raise ValueError
    change = np.zeros((len(p), len(q)))
    change[:2, :2] = [[1, -1], [-1, 1]]
    start = np.outer(p, q)
    return start + np.min(start[change < 0]) * change


# %% sample-code
def sample_table(joint, n, rng):
    cells = np.random.choice(joint.size, n, p=joint.ravel())
    return np.array(np.unravel_index(cells, joint.shape)).T
