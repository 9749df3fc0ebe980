# One cell does not parse, one raises when it is called; the other answers keep their credit.
# expect: critical-erf MISSING
# expect: relu-c ERROR

# %% critical-erf-code
def critical_erf(q)
    return np.sqrt(1 + np.pi * q), 0.0

# %% relu-c-code
def relu_c(c, L):
    for _ in range(L):
        c = relu_correlation(c)
    return c
