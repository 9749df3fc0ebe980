# The constant b is counted into the covariance, and the cross-covariance is handed in transposed.
# expect: affine PARTIAL

# %% affine-code
def affine_moments(mean, cov, A, b):
    return A @ mean + b, A @ cov @ A.T + np.outer(b, b), A @ cov
