# s_k for s_{k+1}, the squared Frobenius norm for the norm, absolute errors on linear scales.
# expect: best-rank PARTIAL
# expect: error-plot FAILED

# %% best-rank-code
def best_rank(A, k):
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    return U[:, :k] * s[:k] @ Vh[:k], s[max(k - 1, 0)], np.sum(s[k:] ** 2)

# %% error-plot-code
def error_plot(A):
    _, ax = plt.subplots()
    s = scipy.linalg.svdvals(A)
    ks = np.arange(1, len(s) + 1)
    ax.plot(ks, s, label="spectral")
    ax.plot(ks, np.sqrt(np.cumsum(s[::-1] ** 2)[::-1]), label="Frobenius")
    ax.set(xlabel="rank k", ylabel="relative error")
    ax.legend()
    return ax
