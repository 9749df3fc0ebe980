# Independent draws from the limiting law: no matrix, no repulsion, no pairs.
# expect: sign-spectrum FAILED
# expect: plot-sign-sum PARTIAL

# %% sign-spectrum-code
def sign_spectrum(a, b, N, rng):
    theta = rng.uniform(0, 2 * np.pi, N)
    return rng.choice([-1, 1], N) * np.abs(a + b * np.exp(1j * theta))
