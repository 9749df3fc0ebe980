# One layer too many.
# expect: relu-c FAILED

# %% relu-c-code
def relu_c(c, L):
    for _ in range(L + 1):
        c = min(1.0, (np.sqrt(1 - c**2) + c * (np.pi - np.arccos(c))) / np.pi)
    return c
