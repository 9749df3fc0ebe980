# Everything goes to its nearest target: the constraint on the columns is forgotten.
# expect: transport FAILED

# %% transport-code
def transport(X, p, Y, q):
    cost = np.linalg.norm(X[:, None] - Y, axis=2)
    plan = np.zeros(cost.shape)
    plan[np.arange(len(p)), cost.argmin(axis=1)] = p
    return float(np.sum(plan * cost)), plan
