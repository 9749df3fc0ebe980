# Library functions for each step, with the conventions of their arguments looked up.

# %% spectral-code
def spectral(A, tol):
    values, V = scipy.linalg.eigh(A)
    label = np.concatenate([[0], np.cumsum(np.diff(values) > tol)])
    groups = range(label[-1] + 1)
    projectors = [V @ np.diag(label == g) @ V.conj().T for g in groups]
    return np.array([np.average(values, weights=label == g) for g in groups]), np.stack(projectors)

# %% eigenspace-code
def eigenspace(A, lam, tol):
    M = A - lam * np.eye(len(A))
    size = np.linalg.norm(M, 2)
    if size <= tol:
        return np.eye(len(A))
    N = scipy.linalg.null_space(M, rcond=tol / size)
    return N @ np.linalg.pinv(N)

# %% compact-svd-code
def compact_svd(A, tol):
    U, s, Vh = scipy.linalg.svd(A, lapack_driver="gesvd")
    keep = np.flatnonzero(s > tol)
    sign = np.where(keep % 2, -1.0, 1.0)
    return U[:, keep] * sign, s[keep], Vh[keep].T.conj() * sign

# %% pinv-code
def pinv(A, tol):
    return scipy.linalg.pinv(A, atol=tol, rtol=0.0)

# %% best-rank-code
def best_rank(A, k):
    # with the eigenvectors of A A*: project the columns on the k largest
    m, n = A.shape
    leading = scipy.linalg.eigh(A @ A.conj().T)[1][:, ::-1][:, :k]
    B = leading @ (leading.conj().T @ A)
    return B, np.linalg.norm(A - B, 2), np.linalg.norm(A - B, "fro")

# %% error-plot-code
def error_plot(A):
    plt.figure()
    s = np.linalg.svd(A)[1]
    tail = np.sqrt(np.cumsum(s[::-1] ** 2))[::-1]
    plt.plot(s / s.max(), label="spectral")
    plt.plot(tail / np.linalg.norm(A), label="Frobenius")
    plt.yscale("log")
    plt.xlabel("rank $k$")
    plt.ylabel("relative error")
    plt.legend()
    return plt.gca()

# %% nearest-orthogonal-code
def nearest_orthogonal(A):
    return scipy.linalg.polar(A)[0]

# %% jj-spectrum-code
def jj_spectrum(Ws):
    J = Ws[0] if len(Ws) == 1 else np.linalg.multi_dot(Ws[::-1])
    m, n = J.shape
    J = np.hstack([J, np.zeros((m, max(m - n, 0)))])
    return np.linalg.svd(J, compute_uv=False) ** 2
