# The distance of the means: a lower bound, and right for shifts only.
# expect: w1 FAILED
# expect: transport FAILED
# expect: gauss-w1 FAILED

# %% w1-code
def w1(x, p, y, q):
    return abs(p @ x - q @ y)

# %% gauss-w1-code
def gauss_w1(m1, s1, m2, s2):
    return abs(m1 - m2)

# %% transport-code
def transport(X, p, Y, q):
    return np.linalg.norm(p @ X - q @ Y), np.outer(p, q)
