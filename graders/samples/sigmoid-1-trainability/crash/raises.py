# Two functions raise, and one cell is not Python, so that its function is missing; the rest keeps
# its credit.
# expect: lin-scatter ERROR
# expect: jacobian MISSING
# expect: res ERROR

# %% lin-scatter-code
def lin_scatter(N, L):
    return scatter_of(N) ** L

# %% jacobian-code
def jacobian(Ws, bs, x, phi)
    return 0

# %% res-code
def res(sigma, L):
    raise RuntimeError("not today")
