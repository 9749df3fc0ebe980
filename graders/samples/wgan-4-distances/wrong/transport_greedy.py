# Greed: the shortest way left is used first, as much as it takes.
# expect: transport FAILED

# %% transport-code
def transport(X, p, Y, q):
    cost = np.linalg.norm(X[:, None] - Y, axis=2)
    left, room, plan = p.copy(), q.copy(), np.zeros(cost.shape)
    for way in np.argsort(cost, axis=None):
        i, j = np.unravel_index(way, cost.shape)
        plan[i, j] = min(left[i], room[j])
        left[i] -= plan[i, j]
        room[j] -= plan[i, j]
    return float(np.sum(plan * cost)), plan
