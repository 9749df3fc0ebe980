# The independent coupling: right sums, and not the right plan.
# expect: monotone-plan PARTIAL
# expect: transport FAILED

# %% monotone-plan-code
def monotone_plan(x, p, y, q):
    return np.outer(p, q)

# %% transport-code
def transport(X, p, Y, q):
    plan = np.outer(p, q)
    return float(np.sum(plan * np.linalg.norm(X[:, None] - Y, axis=2))), plan
