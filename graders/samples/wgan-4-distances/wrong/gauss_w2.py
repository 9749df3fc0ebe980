# W2 in place of W1.
# expect: gauss-w1 FAILED

# %% gauss-w1-code
def gauss_w1(m1, s1, m2, s2):
    return np.hypot(m1 - m2, s1 - s2)
