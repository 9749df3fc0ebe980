# The safe step 1 / L and its rate 1 - 1 / kappa; predictions with the wrong index of the kernel matrix.
# The picture is judged by what follows from the step, so it keeps its credit.
# expect: best-step FAILED
# expect: kernel-ridge PARTIAL

# %% best-step-code
def best_step(H):
    values = np.linalg.eigvalsh(H)
    return float(1 / values[-1]), float(1 - values[0] / values[-1])

# %% kernel-ridge-code
def kernel_ridge(X, y, kernel, lam, X_new):
    K = kernel(X, X)
    alpha = np.linalg.solve(K + lam * np.eye(len(y)), y)
    wrong = kernel(X, X_new) if len(X) == len(X_new) else kernel(X_new, X)
    return wrong @ alpha, float(alpha @ K @ alpha)
