# The asymptotic law is taken for the map wherever the network is called deep.
# expect: relu-c PARTIAL

# %% relu-c-code
def relu_c(c, L):
    if L > 100:
        return 1 - 9 * np.pi**2 / (2 * L**2)
    for _ in range(L):
        c = (np.sqrt(1 - c**2) + c * (np.pi - np.arccos(c))) / np.pi
    return c
