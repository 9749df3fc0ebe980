# A random permutation in place of a Haar matrix: P and UQU' are both diagonal and commute.
# expect: sign-spectrum FAILED
# expect: plot-sign-sum PARTIAL

# %% sign-spectrum-code
def sign_spectrum(a, b, N, rng):
    signs = np.repeat([1.0, -1.0], N // 2)
    U = np.eye(N)[rng.permutation(N)]
    return np.linalg.eigvalsh(a * np.diag(signs) + b * (U * signs) @ U.T)
