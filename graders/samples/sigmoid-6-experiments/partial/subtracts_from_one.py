# 1 - c by subtraction: right while c is well below one, four digits at 1e-12.
# expect: fit-xi PARTIAL

# %% fit-xi-code
def fit_xi(layers):
    one, two = layers[..., 0], layers[..., 1]
    c = np.sum(one * two, axis=2) / np.linalg.norm(one, axis=2) / np.linalg.norm(two, axis=2)
    return -1 / np.polyfit(np.arange(c.shape[1]), np.log(1 - c).mean(axis=0), 1)[0]
