# One cell does not parse, one calls what does not exist, and one ends the process: what came before keeps its credit.
# expect: eigenspace MISSING
# expect: pinv ERROR
# expect: nearest-orthogonal KILLED
# expect: jj-spectrum MISSING

# %% eigenspace-code
def eigenspace(A, lam, tol)
    return np.eye(len(A))

# %% pinv-code
def pinv(A, tol):
    return np.linalg.pseudo_inverse(A, tol)

# %% nearest-orthogonal-code
def nearest_orthogonal(A):
    import os

    os._exit(0)
