# One cell does not parse, a later one ends the process: what came before keeps its credit.
# expect: has-minimum MISSING
# expect: descend KILLED
# expect: rate-plot MISSING
# expect: classify MISSING

# %% has-minimum-code
def has_minimum(X, y)
    return True

# %% descend-code
def descend(H, b, x0, step, steps):
    import os

    os._exit(0)
