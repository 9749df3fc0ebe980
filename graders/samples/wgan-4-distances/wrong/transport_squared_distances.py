# Squared distances: another problem, and often another plan.
# expect: transport FAILED

# %% transport-code
def transport(X, p, Y, q):
    n, m = len(p), len(q)
    cost = ((X[:, None] - Y) ** 2).sum(axis=2)
    A = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    solved = linprog(cost.ravel(), A_eq=A[:-1], b_eq=np.concatenate([p, q])[:-1])
    return solved.fun, solved.x.reshape(n, m)
