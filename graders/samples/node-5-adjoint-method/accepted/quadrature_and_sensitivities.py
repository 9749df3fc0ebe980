# The integrals by Gauss-Legendre nodes, every gradient by forward sensitivities instead of an adjoint,
# the discrete gradient by the Jacobians of the steps, the way back by an equation for T - t.

# %% steady-code
def steady_gradient(A, b, c, dA, db):
    inverse = np.linalg.inv(A)
    return np.array([c @ inverse @ (q - p @ (inverse @ b)) for p, q in zip(dA, db)])

# %% frechet-code
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)


def frechet(A, E, T):
    times = T * (1 + NODES) / 2
    terms = [w * expm((T - s) * A) @ E @ expm(s * A) for s, w in zip(times, WEIGHTS)]
    return T / 2 * np.sum(terms, axis=0)

# %% adjoint-grad-code
def adjoint_grad(A, y0, c, T):
    times = T * (1 + NODES) / 2
    adjoints = [expm((T - s) * A.T) @ c for s in times]
    states = [expm(s * A) @ y0 for s in times]
    dA = T / 2 * np.einsum("k,ki,kj->ij", WEIGHTS, adjoints, states)
    return dA, expm(T * A).T @ c, c @ A @ expm(T * A) @ y0

# %% two-gradients-code
def two_gradients(W, b, y0, target, T, n):
    d, h = len(y0), T / n
    y, slopes = y0, np.zeros((d, d, d))  # slopes[m, i, j] is the derivative of y[m] by W[i, j]
    for _ in range(n):
        t = np.tanh(W @ y + b)
        inner = np.einsum("mp,pij->mij", W, slopes)
        for i in range(d):
            inner[i, i] += y
        slopes = slopes + h * (1 - t**2)[:, None, None] * inner
        y = y + h * t
    discrete = np.einsum("m,mij->ij", y - target, slopes)

    z = np.concatenate([y, y - target, np.zeros(d * d)])
    for _ in range(n):
        t = np.tanh(W @ z[:d] + b)
        v = (1 - t**2) * z[d : 2 * d]
        z = z + h * np.concatenate([-t, v @ W, np.outer(v, z[:d]).ravel()])
    return [discrete, z[2 * d :].reshape(d, d)]

# %% reconstruct-code
def reconstruct(lam, T):
    there = solve_ivp(lambda t, y: -lam * y, (0, T), np.ones(1), rtol=1e-6, atol=1e-9)
    back = solve_ivp(lambda s, y: lam * y, (0, T), [there.y[0][-1]], rtol=1e-6, atol=1e-9)
    return back.y[0][-1]

# %% blow-up-code
def blow_up(lams, T):
    fig = plt.figure()
    ax = fig.add_subplot()
    found = np.array([reconstruct(lam, T) for lam in lams])
    ax.scatter(lams, np.abs(found - 1), label="Measured")
    ax.plot(lams[::-1], 10 ** (lams[::-1] * T / np.log(10) - 9), "k--", label="estimate (atol grows)")
    ax.set(xlabel="rate λ", ylabel="Error of the state", yscale="log")
    return ax

# %% node-gradient-code
def node_gradient(lam, W, b, y0, times, targets):
    d = len(y0)
    m = d * d + 2 * d

    def f(t, z):
        y, S = z[:d], z[d:].reshape(d, m)
        u = np.tanh(W @ y + b)
        push = np.hstack([np.kron(np.eye(d), y), np.eye(d), np.zeros((d, d))])
        return np.concatenate([u - lam * y, (-lam * S + (1 - u**2)[:, None] * (W @ S + push)).ravel()])

    start = np.hstack([np.zeros((d, d * d + d)), np.eye(d)])
    z0 = np.concatenate([y0, start.ravel()])
    run = solve_ivp(f, (0, times[-1]), z0, t_eval=times, method="DOP853", rtol=1e-9, atol=1e-11)
    gradient = np.zeros(m)
    for z, target in zip(run.y.T, targets):
        gradient += (z[:d] - target) @ z[d:].reshape(d, m)
    return gradient[: d * d].reshape(d, d), gradient[d * d : d * d + d], gradient[d * d + d :]
