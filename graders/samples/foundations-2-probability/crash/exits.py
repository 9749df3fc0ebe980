# The process is ended from within, one cell does not parse, one raises; what came before keeps its credit.
# expect: affine ERROR
# expect: sample KILLED
# expect: constructor MISSING
# expect: gap MISSING
# expect: independences MISSING
# expect: regression MISSING

# %% affine-code
def affine_moments(mean, cov, A, b):
    return A @ mean + b, A.T @ cov @ A, np.linalg.cholesky(cov)


# %% sample-code
def sample_table(joint, n, rng):
    import os

    os._exit(0)
