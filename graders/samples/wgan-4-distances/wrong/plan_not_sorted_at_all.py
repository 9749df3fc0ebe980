# The north-west corner rule on the points as they come: a coupling, but not the monotone one.
# expect: monotone-plan PARTIAL

# %% monotone-plan-code
def monotone_plan(x, p, y, q):
    f = np.concatenate([[0], np.cumsum(p)])
    g = np.concatenate([[0], np.cumsum(q)])
    return np.maximum(np.minimum.outer(f[1:], g[1:]) - np.maximum.outer(f[:-1], g[:-1]), 0)
