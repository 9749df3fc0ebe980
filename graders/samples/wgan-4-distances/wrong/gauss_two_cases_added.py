# The two worked examples are added up: an upper bound, and right for neither width nor mean in common.
# expect: gauss-w1 FAILED

# %% gauss-w1-code
def gauss_w1(m1, s1, m2, s2):
    return abs(m1 - m2) + abs(s1 - s2) * np.sqrt(2 / np.pi)
