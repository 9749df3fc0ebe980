# Everything is computed and printed; nothing is returned.
# expect: w1 FAILED
# expect: gauss-w1 FAILED
# expect: distance-curves FAILED

# %% w1-code
def w1(x, p, y, q):
    points = np.union1d(x, y)
    left = np.array([p[x <= t].sum() - q[y <= t].sum() for t in points[:-1]])
    print(np.sum(np.abs(left) * np.diff(points)))

# %% gauss-w1-code
def gauss_w1(m1, s1, m2, s2):
    print(abs(m1 - m2) if s1 == s2 else abs(s1 - s2) * np.sqrt(2 / np.pi))

# %% distance-curves-code
def distance_curves(thetas, w):
    point_mass_curves(thetas)
    plt.show()
