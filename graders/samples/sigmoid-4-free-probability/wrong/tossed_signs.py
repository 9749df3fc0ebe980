# Tossed signs instead of balanced ones.
# expect: sign-spectrum FAILED
# expect: plot-sign-sum PARTIAL

# %% sign-spectrum-code
def sign_spectrum(a, b, N, rng):
    p, q = rng.choice([-1.0, 1.0], (2, N))
    U = haar(N, rng)
    return np.linalg.eigvalsh(a * np.diag(p) + b * (U * q) @ U.T)
