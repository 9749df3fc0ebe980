# One cell does not parse, one raises when it is called; the other answers keep their credit.
# expect: bootstrap MISSING
# expect: power ERROR
# expect: hoeffding ERROR

# %% hoeffding-code
def hoeffding(m, s, h):
    return zeta(1, m, s, h), zeta(2, m, s, h)

# %% bootstrap-code
def bootstrap(u, counts)
    return counts @ u
