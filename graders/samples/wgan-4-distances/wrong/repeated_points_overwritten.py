# A dictionary keeps the last mass of a repeated point; the lost mass makes kl refuse.
# expect: divergences ERROR

# %% divergences-code
def divergences(x, p, y, q):
    first, second = dict(zip(x, p)), dict(zip(y, q))
    union = sorted({*first, *second})
    a = np.array([first.get(t, 0.0) for t in union])
    b = np.array([second.get(t, 0.0) for t in union])
    m = (a + b) / 2
    return kl(a, b), kl(b, a), (kl(a, m) + kl(b, m)) / 2, np.abs(a - b).sum() / 2
