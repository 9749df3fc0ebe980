# A large bandwidth is to be brought down first, but the loop forgets to write the half back: one hidden case never ends.
# expect: population-ksd2 PARTIAL

# %% population-ksd2-code
def population_ksd2(m, s, h):
    while h > 100:
        half = h / 2
    width = h**2 + 2 * s**2
    v = 2 * s**2 * h**2 / width
    inner = m**2 + s**2 / 2 - v / 4 - v / h**2 + 1 / h**2 - v / h**4
    return float(h / np.sqrt(width) * inner)
