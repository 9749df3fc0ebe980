# np.linalg.eig and V V*: its columns have length 1 but are not orthogonal, in defective matrices not even different.
# expect: spectral PARTIAL
# expect: eigenspace PARTIAL

# %% spectral-code
def spectral(A, tol):
    values, vectors = np.linalg.eig(A)
    values = values.real
    order = np.argsort(values)
    groups = np.split(order, np.flatnonzero(np.diff(values[order]) > tol) + 1)
    projectors = [vectors[:, group] @ vectors[:, group].conj().T for group in groups]
    return np.array([values[group].mean() for group in groups]), np.array(projectors)

# %% eigenspace-code
def eigenspace(A, lam, tol):
    values, vectors = np.linalg.eig(A)
    mine = vectors[:, np.abs(values - lam) <= max(tol, 1e-4)]
    return mine @ mine.conj().T
