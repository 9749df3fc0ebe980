# Squared eigenvalues of J for the spectrum of J J^T, Q of the QR decomposition for the nearest orthogonal
# matrix, the smallest terms kept in place of the largest.
# expect: best-rank FAILED
# expect: nearest-orthogonal FAILED
# expect: jj-spectrum ERROR

# %% best-rank-code
def best_rank(A, k):
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    p = len(s)
    near = U[:, p - k :] * s[p - k :] @ Vh[p - k :]
    return near, np.linalg.norm(A - near, 2), np.linalg.norm(A - near)

# %% nearest-orthogonal-code
def nearest_orthogonal(A):
    Q, R = np.linalg.qr(A)
    return Q * np.sign(np.where(np.abs(np.diag(R)) < 1e-12, 1, np.diag(R).real))

# %% jj-spectrum-code
def jj_spectrum(Ws):
    J = np.eye(Ws[0].shape[1])
    for W in Ws:
        J = W @ J
    return np.abs(np.linalg.eigvals(J)) ** 2
