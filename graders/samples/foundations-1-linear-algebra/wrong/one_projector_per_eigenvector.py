# Each eigenvector gets a projector of its own, repeated eigenvalues or not; eigenspaces in the same spirit.
# expect: spectral FAILED
# expect: eigenspace FAILED

# %% spectral-code
def spectral(A, tol):
    values, vectors = np.linalg.eigh(A)
    return values, np.array([np.outer(v, v.conj()) for v in vectors.T])

# %% eigenspace-code
def eigenspace(A, lam, tol):
    v = np.linalg.svd(A - lam * np.eye(len(A)))[2][-1]
    return np.outer(v.conj(), v)
