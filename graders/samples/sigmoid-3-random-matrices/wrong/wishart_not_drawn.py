# Independent draws from the limiting law, not the eigenvalues of a matrix; and entries that are not centred.
# expect: wishart FAILED

# %% wishart-code
def wishart_spectrum(p, n, s2, rng):
    rng = np.random.default_rng(p)
    low, high, _ = mp_edges(s2, p / n)
    grid = np.linspace(low + 1e-9, high - 1e-9, 2001)
    mass = np.cumsum(mp_density(grid, s2, p / n))
    return np.interp(np.sort(rng.random(p)), mass / mass[-1], grid)
