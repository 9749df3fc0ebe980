# The law 1 + atol exp(lambda T) is returned in place of the experiment. It is an upper estimate, too large by
# more than a power of ten near the threshold. The figure has its axes exchanged.
# expect: reconstruct FAILED
# expect: blow-up FAILED

# %% reconstruct-code
def reconstruct(lam, T):
    return float(1 + 1e-9 * np.exp(lam * T))

# %% blow-up-code
def blow_up(lams, T):
    _, ax = plt.subplots()
    ax.semilogx([abs(reconstruct(lam, T) - 1) for lam in lams], lams, label="measured")
    ax.semilogx(1e-9 * np.exp(lams * T), lams, label="estimate")
    ax.set(ylabel=r"$\lambda$", xlabel="error")
    return ax
