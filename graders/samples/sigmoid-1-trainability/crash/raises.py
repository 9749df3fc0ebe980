# One function raises, one cell is not Python, one function ends the process; the rest keeps its credit.
# expect: lin-scatter ERROR
# expect: jacobian ERROR
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
