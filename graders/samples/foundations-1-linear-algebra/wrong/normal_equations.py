# (A* A)^(-1) A*, which needs independent columns; and singular values from A* A as they come.
# expect: compact-svd PARTIAL
# expect: pinv PARTIAL

# %% compact-svd-code
def compact_svd(A, tol):
    # no singular value is left out, though the vectors of the zeros mean nothing
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    return U, s, Vh.conj().T

# %% pinv-code
def pinv(A, tol):
    return np.linalg.inv(A.conj().T @ A) @ A.conj().T
