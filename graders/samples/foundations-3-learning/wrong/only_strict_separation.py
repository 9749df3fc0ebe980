# Quasi-separable data are said to have a minimum, since no direction separates them strictly.
# expect: has-minimum FAILED

# %% has-minimum-code
def has_minimum(X, y):
    signed = (2 * y - 1)[:, None] * X
    found = linprog(np.zeros(X.shape[1]), A_ub=-signed, b_ub=-np.ones(len(y)), bounds=(None, None))
    return found.status == 2
