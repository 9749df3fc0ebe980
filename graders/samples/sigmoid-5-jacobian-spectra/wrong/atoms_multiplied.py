# Fractions are multiplied as if layers were independent coins: p^L pass, 1 - p^L die. The place is sigma_w^L.
# expect: atoms FAILED

# %% atoms-code
def atoms(L, p):
    return p**L, p ** (-L / 2), 1 - p**L
