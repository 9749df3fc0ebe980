# Right in the middle, not at the ends: groups by rounding, defective matrices by eig, tol as a share of the
# largest, no singular value s[k] at k = min(m, n) (an IndexError), the zeros of a narrow network.
# expect: spectral PARTIAL
# expect: eigenspace PARTIAL
# expect: compact-svd PARTIAL
# expect: pinv PARTIAL
# expect: best-rank PARTIAL
# expect: error-plot PARTIAL
# expect: jj-spectrum PARTIAL

# %% spectral-code
def spectral(A, tol):
    values, vectors = np.linalg.eigh(A)
    rounded = np.round(values / tol) * tol
    means = np.unique(rounded)
    groups = [rounded == mean for mean in means]
    projectors = [vectors[:, group] @ vectors[:, group].conj().T for group in groups]
    return np.array([values[group].mean() for group in groups]), np.array(projectors)

# %% eigenspace-code
def eigenspace(A, lam, tol):
    values, vectors = np.linalg.eig(A)
    mine = vectors[:, np.abs(values - lam) < 1e-4]
    return mine @ np.linalg.pinv(mine, rcond=1e-12)

# %% compact-svd-code
def compact_svd(A, tol):
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    r = np.sum(s > tol * s[0])
    return U[:, :r], s[:r], Vh[:r].conj().T

# %% pinv-code
def pinv(A, tol):
    return np.linalg.pinv(A, rcond=tol)

# %% best-rank-code
def best_rank(A, k):
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    near = U[:, :k] * s[:k] @ Vh[:k]
    return near, s[k] if k == 0 or s[k] < s[k - 1] else 0.0, np.linalg.norm(s[k:])

# %% error-plot-code
def error_plot(A):
    _, ax = plt.subplots()
    s = scipy.linalg.svdvals(A)
    ks = range(len(s))
    ax.semilogy(ks, s / s[0], label="spectral")
    ax.semilogy(ks, [np.linalg.norm(s[k:]) for k in ks], label="Frobenius")
    ax.set(xlabel="rank k", ylabel="relative error")
    ax.legend()
    return ax

# %% jj-spectrum-code
def jj_spectrum(Ws):
    J = Ws[0]
    for W in Ws[1:]:
        J = W @ J
    return np.linalg.eigvalsh(J @ J.T)
