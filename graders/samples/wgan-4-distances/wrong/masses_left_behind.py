# The points are sorted, their masses are not sorted with them.
# expect: w1 FAILED
# expect: monotone-plan FAILED

# %% w1-code
def w1(x, p, y, q):
    x, y = np.sort(x), np.sort(y)
    points = np.union1d(x, y)
    left = np.array([p[x <= t].sum() - q[y <= t].sum() for t in points[:-1]])
    return float(np.sum(np.abs(left) * np.diff(points)))

# %% monotone-plan-code
def monotone_plan(x, p, y, q):
    f = np.concatenate([[0], np.cumsum(p)])
    g = np.concatenate([[0], np.cumsum(q)])
    common = np.minimum.outer(f[1:], g[1:]) - np.maximum.outer(f[:-1], g[:-1])
    return np.maximum(common, 0)[np.argsort(np.argsort(x))][:, np.argsort(np.argsort(y))]
