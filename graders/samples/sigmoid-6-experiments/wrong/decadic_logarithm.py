# The logarithm to base ten, in which the visible slope is off by a factor as well.
# expect: fit-xi FAILED
# expect: measure-xi PARTIAL

# %% fit-xi-code
def fit_xi(layers):
    unit = layers / np.linalg.norm(layers, axis=2, keepdims=True)
    gap = np.sum((unit[..., 0] - unit[..., 1]) ** 2, axis=2) / 2
    return -1 / np.polyfit(np.arange(gap.shape[1]), np.log10(gap).mean(axis=0), 1)[0]
