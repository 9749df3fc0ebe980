# The distance of the pre-activations, not of their directions: it also sees their lengths.
# expect: fit-xi FAILED

# %% fit-xi-code
def fit_xi(layers):
    gap = np.sum((layers[..., 0] - layers[..., 1]) ** 2, axis=2) / 2
    return -1 / np.polyfit(np.arange(gap.shape[1]), np.log(gap).mean(axis=0), 1)[0]
