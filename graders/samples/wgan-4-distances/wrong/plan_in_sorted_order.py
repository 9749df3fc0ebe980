# The plan is right for the sorted points, and is not put back into the given order.
# expect: monotone-plan FAILED

# %% monotone-plan-code
def monotone_plan(x, p, y, q):
    f = np.concatenate([[0], np.cumsum(p[np.argsort(x)])])
    g = np.concatenate([[0], np.cumsum(q[np.argsort(y)])])
    return np.maximum(np.minimum.outer(f[1:], g[1:]) - np.maximum.outer(f[:-1], g[:-1]), 0)
