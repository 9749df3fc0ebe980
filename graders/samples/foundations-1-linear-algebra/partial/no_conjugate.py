# The transpose where the conjugate transpose belongs: right for all real matrices.
# expect: spectral PARTIAL
# expect: eigenspace PARTIAL
# expect: compact-svd PARTIAL
# expect: pinv PARTIAL
# expect: nearest-orthogonal PARTIAL

# %% spectral-code
def spectral(A, tol):
    values, vectors = np.linalg.eigh(A)
    groups = np.split(np.arange(len(values)), np.flatnonzero(np.diff(values) > tol) + 1)
    means = [values[group].mean() for group in groups]
    return np.array(means), np.array([vectors[:, g] @ vectors[:, g].T for g in groups])

# %% eigenspace-code
def eigenspace(A, lam, tol):
    _, s, Vh = np.linalg.svd(A - lam * np.eye(len(A)))
    return Vh[s <= tol].T @ Vh[s <= tol]

# %% compact-svd-code
def compact_svd(A, tol):
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    r = np.sum(s > tol)
    return U[:, :r], s[:r], Vh[:r].T

# %% pinv-code
def pinv(A, tol):
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    return Vh[s > tol].T / s[s > tol] @ U[:, s > tol].T

# %% nearest-orthogonal-code
def nearest_orthogonal(A):
    U, _, Vh = np.linalg.svd(A)
    return U @ Vh.conj()
