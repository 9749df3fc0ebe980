# The outer mean and variance over X are plain ones: a rare row counts as much as a common one.
# expect: total-variance FAILED

# %% total-variance-code
def total_variance(joint, y):
    p = joint.sum(axis=1)
    rows = joint[p > 0] / p[p > 0, None]
    means = rows @ y
    return np.mean(rows @ y**2 - means**2), np.var(means)
