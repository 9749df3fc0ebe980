# The printed formula T E exp(TA), which needs A E = E A; a solve with A where A' belongs; the gradient transposed
# throughout; no error in the way back, as if the solver were exact.
# expect: steady FAILED
# expect: frechet FAILED
# expect: adjoint-grad FAILED
# expect: reconstruct FAILED
# expect: blow-up PARTIAL

# %% steady-code
def steady_gradient(A, b, c, dA, db):
    return (db - dA @ np.linalg.solve(A, b)) @ np.linalg.solve(A, c)

# %% frechet-code
def frechet(A, E, T):
    return T * E @ expm(T * A)

# %% adjoint-grad-code
def adjoint_grad(A, y0, c, T):
    flow = expm(T * A)
    return T * np.outer(y0, flow.T @ c), flow @ c, float(c @ flow @ y0)

# %% reconstruct-code
def reconstruct(lam, T):
    return 1.0

# %% blow-up-code
def blow_up(lams, T):
    _, ax = plt.subplots()
    ax.semilogy(lams, [1e-3] * len(lams), label="measured")
    ax.semilogy(lams, 1e-9 * np.exp(lams * T), label="estimate")
    ax.set(xlabel=r"$\lambda$", ylabel="error")
    return ax
