# No rotation at all: P + P.
# expect: sign-spectrum FAILED
# expect: plot-sign-sum PARTIAL

# %% sign-spectrum-code
def sign_spectrum(a, b, N, rng):
    signs = np.repeat([1.0, -1.0], N // 2)
    return (a + b) * signs
