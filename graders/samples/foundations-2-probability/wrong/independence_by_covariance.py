# What is uncorrelated is called independent, and what is given is ignored.
# expect: gap FAILED
# expect: independences FAILED

# %% gap-code
def gap(joint, i, j, given):
    table = conditional(joint, (i, j), ())
    a, b = np.arange(table.shape[0]), np.arange(table.shape[1])
    return abs(a @ table @ b - (a @ table.sum(axis=1)) * (table.sum(axis=0) @ b))
