# One cell does not parse, one raises when it is called; the other answers keep their credit.
# expect: gauss-w1 MISSING
# expect: w1 ERROR

# %% w1-code
def w1(x, p, y, q):
    return earth_movers_distance(x, p, y, q)

# %% gauss-w1-code
def gauss_w1(m1, s1, m2, s2)
    return abs(m1 - m2)
