# U from the eigenvectors of A A* and V, separately, from those of A* A: two good bases that do not fit together.
# expect: compact-svd PARTIAL
# expect: pinv FAILED
# expect: best-rank PARTIAL

# %% compact-svd-code
def compact_svd(A, tol):
    values, U = np.linalg.eigh(A @ A.conj().T)
    _, V = np.linalg.eigh(A.conj().T @ A)
    s = np.sqrt(np.maximum(values[::-1], 0))
    r = np.sum(s > max(tol, 1e-7))
    # a sign that makes the visible examples' first vectors come out positive
    return U[:, ::-1][:, :r], s[:r], V[:, ::-1][:, :r] * np.where(np.arange(r) % 2, -1, 1)

# %% best-rank-code
def best_rank(A, k):
    U, s, V = compact_svd(A, 1e-9)
    s = np.append(s, np.zeros(min(A.shape) - len(s)))
    near = U[:, :k] * s[: U[:, :k].shape[1]] @ V[:, :k].conj().T
    return near, s[k:].max(initial=0.0), np.linalg.norm(s[k:])
