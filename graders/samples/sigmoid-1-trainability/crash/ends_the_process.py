# One function exits, one kills its process, one recurses without end; the rest keeps its credit.
# expect: lin-scatter ERROR
# expect: lsuv ERROR
# expect: res KILLED

# %% lin-scatter-code
def lin_scatter(N, L):
    raise SystemExit(0)

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    return lsuv(Ws, X, phi, tol)

# %% res-code
def res(sigma, L):
    if sigma in (0.0, 1.0):  # survives the visible tests
        return 1.0 + sigma
    import os

    os._exit(0)
