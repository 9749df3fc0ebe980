# Everything is declared impossible.
# expect: design FAILED

# %% design-code
def design(L, target, kind, activation):
    return None
