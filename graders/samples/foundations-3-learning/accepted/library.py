# Library optimisers: a trust-region method, feasibility of the dual linear program, a Cholesky factor,
# matrix norms and powers in place of eigenvalues and loops.

# %% logistic-loss-code
def logistic_loss(w, X, y, lam):
    from scipy.special import log_expit

    s = 2 * np.asarray(y) - 1
    m = s * np.dot(X, w)
    gradient = -np.einsum("ij,i->j", X, s * np.exp(log_expit(-m))) + lam * w
    return -log_expit(m).sum() + 0.5 * lam * np.dot(w, w), gradient

# %% irls-code
def irls(X, y, lam):
    from scipy.optimize import minimize

    def hessian(w, *_):
        p = expit(X @ w)
        return (X.T * (p * (1 - p))) @ X + lam * np.eye(X.shape[1])

    found = minimize(
        logistic_loss,
        np.zeros(X.shape[1]),
        args=(X, y, lam),
        jac=True,
        hess=hessian,
        method="trust-exact",
        options={"gtol": 1e-7, "maxiter": 2000},
    )
    w = found.x
    for _ in range(3):  # so near to the minimum full steps are safe
        w = w - np.linalg.solve(hessian(w), logistic_loss(w, X, y, lam)[1])
    return w

# %% has-minimum-code
def has_minimum(X, y):
    # the dual question: are there u_i >= 1 with sum u_i s_i x_i = 0 ?
    signed = (2 * y - 1)[:, None] * X
    found = linprog(np.ones(len(y)), A_eq=signed.T, b_eq=np.zeros(X.shape[1]), bounds=(1, None))
    return found.status == 0

# %% kernel-ridge-code
def kernel_ridge(X, y, kernel, lam, X_new):
    from scipy.linalg import cho_factor, cho_solve

    K = kernel(X, X)
    alpha = cho_solve(cho_factor(K + lam * np.identity(len(X))), y)
    # at the minimum K alpha = y - lam alpha
    return kernel(X, X_new).T @ alpha, alpha @ y - lam * alpha @ alpha

# %% best-step-code
def best_step(H):
    from scipy.linalg import eigvalsh

    low, *_, high = [*eigvalsh(H), eigvalsh(H)[-1]]
    step = 2 / (low + high)
    return step, np.linalg.norm(np.eye(len(H)) - step * H, 2)

# %% descend-code
def descend(H, b, x0, step, steps):
    values, vectors = np.linalg.eigh(H)
    start = vectors.T @ (x0 - np.linalg.solve(H, b))
    factor = (1 - step * values) ** 2
    gaps = np.array([np.sum(values * start**2 * factor**k) / 2 for k in range(steps + 1)])
    return gaps, np.sqrt((gaps[-1] / gaps[steps // 2]) ** (2 / steps))

# %% rate-plot-code
def rate_plot(H, b, x0, steps):
    step, rate = best_step(H)
    gaps, _ = descend(H, b, x0, step, steps)
    fig, ax = plt.subplots()
    ax.scatter(range(steps + 1), gaps, label="measured")
    ax.plot(range(steps + 1), [gaps[0] * rate ** (2 * k) for k in range(steps + 1)], label="predicted")
    ax.set_yscale("log")
    ax.set_xlabel("step")
    ax.set_ylabel("loss")
    ax.legend()
    return ax
