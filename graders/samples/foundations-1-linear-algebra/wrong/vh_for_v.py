# The third factor of numpy is taken for V, though it is V*.
# expect: eigenspace FAILED
# expect: compact-svd PARTIAL
# expect: pinv FAILED
# expect: best-rank PARTIAL
# expect: nearest-orthogonal FAILED

# %% eigenspace-code
def eigenspace(A, lam, tol):
    _, s, V = np.linalg.svd(A - lam * np.eye(len(A)))
    return V[:, s <= tol] @ V[:, s <= tol].conj().T

# %% compact-svd-code
def compact_svd(A, tol):
    U, s, V = np.linalg.svd(A, full_matrices=False)
    return U[:, s > tol], s[s > tol], V[:, : np.sum(s > tol)]

# %% best-rank-code
def best_rank(A, k):
    U, s, V = np.linalg.svd(A, full_matrices=False)
    return U[:, :k] * s[:k] @ V[:, :k].T, s[k], np.linalg.norm(s[k:])

# %% nearest-orthogonal-code
def nearest_orthogonal(A):
    U, _, V = np.linalg.svd(A)
    return U @ V.conj().T
