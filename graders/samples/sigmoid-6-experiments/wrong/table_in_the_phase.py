# The inversion by linear interpolation in a table of the phase: good in the bulk, wrong near zero, where a
# thousand points in the phase are too few.
# expect: deep-density FAILED

# %% deep-density-code
def deep_density(lam, L):
    phase = np.linspace(0, np.pi / (L + 1), 4002)[1:-1]
    near, far = np.sin((L + 1) * phase), np.sin(L * phase)
    table = near ** (L + 1) / (np.sin(phase) * far**L)
    rho = np.sin(phase) ** 2 * far ** (L - 1) / (np.pi * near**L)
    found = np.interp(lam, table[::-1], rho[::-1])
    return np.where((lam > 1e-4 * table[0]) & (lam < (L + 1) * (1 + 1 / L) ** L), found, 0.0)
