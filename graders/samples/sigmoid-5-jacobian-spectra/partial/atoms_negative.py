# The count of dimensions is allowed to be negative.
# expect: atoms PARTIAL

# %% atoms-code
def atoms(L, p):
    return 1 - L * (1 - p), p**-L, 1 - p
