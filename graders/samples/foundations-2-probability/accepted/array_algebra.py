# Whole arrays at a time; the change of problem 5 comes from a null space, the gap from one einsum of its own.

# %% conditional-code
def conditional(joint, target, given):
    asked = list(target) + list(given)
    table = np.moveaxis(joint, asked, range(len(asked)))
    table = table.sum(axis=tuple(range(len(asked), joint.ndim)))
    whole = table.sum(axis=tuple(range(len(target))), keepdims=True)
    return np.divide(table, whole, out=np.full_like(table, np.nan), where=whole > 0)


# %% total-variance-code
def total_variance(joint, y):
    y = y - joint.sum(axis=0) @ y
    p = joint.sum(axis=1)
    means = (joint @ y)[p > 0] / p[p > 0]
    between = p[p > 0] @ means**2
    return np.float64(joint.sum(axis=0) @ y**2 - between), np.float64(between)


# %% affine-code
def affine_moments(mean, cov, A, b):
    # the moments of (x, A x + b) at once, as a linear map of x
    n = len(mean)
    stacked = np.vstack([np.eye(n), A])
    whole = stacked @ cov @ stacked.T
    return stacked[n:] @ mean + b, whole[n:, n:], whole[:n, n:]


# %% sample-code
def sample_table(joint, n, rng):
    counts = rng.multinomial(n, joint.ravel() / joint.sum())
    cells = rng.permutation(np.repeat(np.arange(joint.size), counts))
    return np.array(np.unravel_index(cells, joint.shape)).T


# %% constructor-code
def uncorrelated_dependent(p, q, x, y):
    n, m = len(p), len(q)
    if (n - 1) * (m - 1) == 1:
        raise ValueError("one direction only, and it is correlated")
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    change = scipy.linalg.null_space(np.vstack([rows, columns, np.kron(x, y)]))[
        :, 0
    ].reshape(n, m)
    start = np.outer(p, q)
    return start + np.min(start[change < 0] / -change[change < 0]) * change


# %% gap-code
def gap(joint, i, j, given):
    z = list(given)
    both = np.einsum(joint, list(range(joint.ndim)), [i, j, *z]).reshape(
        joint.shape[i], joint.shape[j], -1
    )
    both = both[:, :, both.sum(axis=(0, 1)) > 0]
    both = both / both.sum(axis=(0, 1))
    return np.abs(
        both - np.einsum("az,bz->abz", both.sum(axis=1), both.sum(axis=0))
    ).max()
