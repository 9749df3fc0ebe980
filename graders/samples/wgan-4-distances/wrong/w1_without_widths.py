# The differences of the distribution functions are added up without the widths of the gaps.
# expect: w1 FAILED

# %% w1-code
def w1(x, p, y, q):
    points = np.union1d(x, y)
    return float(sum(abs(p[x <= t].sum() - q[y <= t].sum()) for t in points))
