# Everything by loops over states, hardly any array algebra; the table of problem 5 by a linear programme.

# %% conditional-code
def conditional(joint, target, given):
    target, given = list(target), list(given)
    result = np.zeros([joint.shape[axis] for axis in target + given])
    total = np.zeros([joint.shape[axis] for axis in given])
    for state, p in np.ndenumerate(joint):
        seen = tuple(state[axis] for axis in given)
        result[tuple(state[axis] for axis in target) + seen] += p
        total[seen] += p
    for state in np.ndindex(*result.shape):
        whole = total[state[len(target) :]]
        result[state] = result[state] / whole if whole > 0 else float("nan")
    return result


# %% total-variance-code
def total_variance(joint, y):
    within, means, weights = 0.0, [], []
    for row in joint:
        p = sum(row)
        if p == 0:
            continue
        mean = sum(row * y) / p
        within += sum(row * (y - mean) ** 2)
        means.append(mean)
        weights.append(p)
    middle = sum(w * m for w, m in zip(weights, means))
    return within, sum(w * (m - middle) ** 2 for w, m in zip(weights, means))


# %% affine-code
def affine_moments(mean, cov, A, b):
    cross = np.einsum("ij,kj->ik", cov, A)
    return np.dot(A, mean) + b, np.einsum("ki,il->kl", A, cross), cross


# %% sample-code
def sample_table(joint, n, rng):
    steps = np.cumsum(joint.ravel())
    cells = np.searchsorted(steps, rng.random(n) * steps[-1], side="right")
    columns = []
    for size in reversed(joint.shape):
        columns.append(cells % size)
        cells = cells // size
    return np.array(columns[::-1]).T


# %% constructor-code
def uncorrelated_dependent(p, q, x, y):
    from scipy.optimize import linprog

    n, m = len(p), len(q)
    if n == m == 2:
        raise ValueError("impossible")
    demands = [np.outer(np.arange(n) == i, np.ones(m)).ravel() for i in range(n)]
    demands += [np.outer(np.ones(n), np.arange(m) == j).ravel() for j in range(m)]
    demands += [np.outer(x - p @ x, y - q @ y).ravel()]
    limits = np.concatenate([p, q, [0.0]])
    best = None
    for i in range(min(n, 3)):
        for j in range(min(m, 3)):
            goal = np.outer(np.arange(n) == i, np.arange(m) == j).ravel()
            found = linprog(
                goal * 1.0, A_eq=np.array(demands), b_eq=limits, bounds=(0, 1)
            )
            table = np.clip(found.x.reshape(n, m), 0, None)
            told = mutual_information(table)
            if best is None or told > best[0]:
                best = told, table
    return best[1]


# %% gap-code
def gap(joint, i, j, given):
    worst = 0.0
    table = conditional(joint, (i, j), given)
    for state in np.ndindex(*table.shape[2:]):
        both = table[(slice(None), slice(None), *state)]
        if np.isnan(both).any():
            continue
        for a in range(both.shape[0]):
            for b in range(both.shape[1]):
                worst = max(worst, abs(both[a, b] - both[a].sum() * both[:, b].sum()))
    return worst


# %% independences-code
def independences(joint, tol):
    k = joint.ndim
    found = []
    for j in range(k):
        for i in range(j):
            for mask in range(2**k):
                given = tuple(axis for axis in range(k) if mask >> axis & 1)
                if i not in given and j not in given and gap(joint, i, j, given) <= tol:
                    found.append((i, j, given))
    return found


# %% regression-code
def regression_plot(joint, x, y):
    points = sorted(
        (x[a], row @ y / row.sum()) for a, row in enumerate(joint) if row.sum() > 0
    )
    across, heights = np.array(points).T
    xs, ys = np.meshgrid(x, y, indexing="ij")
    ex, ey = np.sum(joint * xs), np.sum(joint * ys)
    slope = np.sum(joint * (xs - ex) * (ys - ey)) / np.sum(joint * (xs - ex) ** 2)
    fig = plt.figure()
    ax = fig.add_subplot()
    dense = np.linspace(x.min() - 1, x.max() + 1, 50)
    ax.plot(dense, ey + slope * (dense - ex), label="Best line")
    ax.plot(across, heights, label="Conditional mean")
    ax.axhline(ey, lw=0.5)
    ax.set(xlabel="$x$", ylabel="$y$", title="what a line sees")
    ax.legend()
    return ax
