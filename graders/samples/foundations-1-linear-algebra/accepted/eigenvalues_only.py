# No SVD routine anywhere: everything from eigh, from powers and from loops, in other bases and phases.

# %% spectral-code
def spectral(A, tol):
    vals, vecs = np.linalg.eigh(A)
    vecs = vecs * np.exp(1j * np.arange(len(vals)))  # other phases, the same projectors
    values, projectors = [], []
    members = [0]
    for i in range(1, len(vals) + 1):
        if i < len(vals) and vals[i] - vals[i - 1] <= tol:
            members.append(i)
            continue
        values.append(sum(vals[j] for j in members) / len(members))
        projectors.append(sum(np.outer(vecs[:, j], vecs[:, j].conj()) for j in members))
        members = [i]
    return values, projectors

# %% eigenspace-code
def eigenspace(A, lam, tol):
    # Lagrange: remove all eigenvalues of M* M other than zero; M* M squares the tolerance
    M = np.asarray(A) - lam * np.eye(len(A))
    values, vectors = np.linalg.eigh(M.conj().T @ M)
    size = max(np.abs(values).max(), 1e-300)
    keep = vectors[:, values <= max(tol**2, 1e-14 * size)]
    return keep @ np.conj(keep).T

# %% compact-svd-code
def compact_svd(A, tol):
    m, n = A.shape
    # the Hermitian matrix [[0, A], [A*, 0]] has the eigenvalues +-s and the vectors (u, +-v) / sqrt 2
    H = np.block([[np.zeros((m, m)), A], [A.conj().T, np.zeros((n, n))]])
    values, vectors = np.linalg.eigh(H)
    order = np.argsort(-values)[: np.sum(values > tol)]
    return np.sqrt(2) * vectors[:m, order], values[order], np.sqrt(2) * vectors[m:, order]

# %% pinv-code
def pinv(A, tol):
    U, s, V = compact_svd(A, tol)
    out = np.zeros(A.shape[::-1], dtype=complex)
    for i in range(len(s)):
        out += np.outer(V[:, i], U[:, i].conj()) / s[i]
    return out if np.iscomplexobj(A) else out.real

# %% best-rank-code
def best_rank(A, k):
    U, s, V = compact_svd(A, 1e-10)
    B = np.zeros_like(A)
    for i in range(min(k, len(s))):
        B = B + s[i] * np.outer(U[:, i], V[:, i].conj())
    tail = s[k:]
    return B, (tail[0] if len(tail) else 0), sum(tail**2) ** 0.5

# %% error-plot-code
def error_plot(A):
    fig = plt.figure()
    ax = fig.add_subplot()
    s = compact_svd(A, 1e-12)[1]
    ks = np.arange(len(s))
    ax.plot(ks, [np.sqrt(np.sum(s[k:] ** 2) / np.sum(s**2)) for k in ks], "s", label="Frobenius")
    ax.plot(ks, s / s[0], "--", label="spectral")
    ax.axhline(0.1, color="grey")
    ax.set(yscale="log", xlabel="k (rank)", ylabel="Relative error of A_k", title="Eckart-Young")
    ax.legend()
    return ax

# %% nearest-orthogonal-code
def nearest_orthogonal(A):
    if np.linalg.matrix_rank(A) == len(A):
        # the polar factor A (A* A)^(-1/2)
        values, V = np.linalg.eigh(A.conj().T @ A)
        return A @ (V / np.sqrt(values)) @ V.conj().T
    # a little of any rotation settles what A leaves open, and is then forgotten
    U, s, V = compact_svd(A, 1e-12)
    rest_u = np.linalg.eigh(U @ U.conj().T)[1][:, : len(A) - len(s)]
    rest_v = np.linalg.eigh(V @ V.conj().T)[1][:, : len(A) - len(s)]
    return U @ V.conj().T + rest_u @ rest_v.conj().T

# %% jj-spectrum-code
def jj_spectrum(Ws):
    J = np.eye(Ws[0].shape[1])
    for W in Ws:
        J = W @ J
    s = compact_svd(J, 1e-13)[1]
    return np.append(np.zeros(J.shape[0] - len(s)), s[::-1] ** 2)
