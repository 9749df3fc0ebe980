# A Gaussian matrix, scaled like an orthogonal one but not made orthogonal.
# expect: sign-spectrum FAILED
# expect: plot-sign-sum PARTIAL

# %% sign-spectrum-code
def sign_spectrum(a, b, N, rng):
    signs = np.repeat([1.0, -1.0], N // 2)
    U = rng.normal(size=(N, N)) / np.sqrt(N)
    return np.linalg.eigvalsh(a * np.diag(signs) + b * (U * signs) @ U.T)
