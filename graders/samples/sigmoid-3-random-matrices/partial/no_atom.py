# c > 1 is forgotten: no atom.
# expect: mp-law PARTIAL

# %% mp-law-code
def mp_edges(s2, c):
    return s2 * (1 - np.sqrt(c)) ** 2, s2 * (1 + np.sqrt(c)) ** 2, 0.0


def mp_density(x, s2, c):
    low, high, _ = mp_edges(s2, c)
    inside = (x > low) & (x < high)
    safe = np.where(inside, x, high)
    return np.sqrt((safe - low) * (high - safe)) / (2 * np.pi * c * s2 * safe)
