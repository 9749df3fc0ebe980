# The kernel's height is taken to be one: it is divided out, and the answers are those of another problem.
# expect: kernel-ridge FAILED

# %% kernel-ridge-code
def kernel_ridge(X, y, kernel, lam, X_new):
    K = kernel(X, X)
    K_new = kernel(X_new, X)
    unit = K / np.sqrt(np.outer(np.diag(K), np.diag(K)))
    alpha = np.linalg.solve(unit + lam * np.eye(len(y)), y)
    return K_new / K[0, 0] @ alpha, float(alpha @ unit @ alpha)
