# Every singular value is inverted, the rounding errors too; columns are scaled to length one and called orthogonal;
# the figure is shown, not returned; the layers are multiplied in the order of the list.
# expect: pinv PARTIAL
# expect: error-plot FAILED
# expect: nearest-orthogonal FAILED
# expect: jj-spectrum ERROR

# %% pinv-code
def pinv(A, tol):
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    return Vh.conj().T / np.maximum(s, 1e-300) @ U.conj().T

# %% nearest-orthogonal-code
def nearest_orthogonal(A):
    return A / np.linalg.norm(A, axis=0)

# %% error-plot-code
def error_plot(A):
    errors = np.array([best_rank(A, k)[1:] for k in range(min(A.shape))])
    plt.semilogy(errors[:, 0] / errors[0, 0], label="spectral")
    plt.semilogy(errors[:, 1] / errors[0, 1], label="Frobenius")
    plt.xlabel("rank k")
    plt.ylabel("relative error")
    plt.legend()

# %% jj-spectrum-code
def jj_spectrum(Ws):
    J = Ws[0]
    for W in Ws[1:]:
        J = J @ W
    return scipy.linalg.svdvals(J)
