# The logarithm of the mean over the nets for the mean of the logarithms. The measured depth scale hardly minds.
# expect: fit-xi FAILED

# %% fit-xi-code
def fit_xi(layers):
    unit = layers / np.linalg.norm(layers, axis=2, keepdims=True)
    gap = np.sum((unit[..., 0] - unit[..., 1]) ** 2, axis=2) / 2
    return -1 / np.polyfit(np.arange(gap.shape[1]), np.log(gap.mean(axis=0)), 1)[0]
