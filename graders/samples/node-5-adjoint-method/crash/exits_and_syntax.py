# One cell does not parse, one raises, and then the process is ended from within; what came before keeps its credit.
# expect: frechet MISSING
# expect: adjoint-grad ERROR
# expect: reconstruct KILLED
# expect: blow-up MISSING
# expect: node-gradient MISSING

# %% frechet-code
def frechet(A, E, T)
    return T * E @ expm(T * A)

# %% adjoint-grad-code
def adjoint_grad(A, y0, c, T):
    return solve_backwards(A, y0, c, T)

# %% reconstruct-code
def reconstruct(lam, T):
    import os

    os._exit(0)
