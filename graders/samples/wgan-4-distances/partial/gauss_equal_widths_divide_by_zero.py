# The folded normal without its edge: equal widths divide by zero.
# expect: gauss-w1 PARTIAL

# %% gauss-w1-code
def gauss_w1(m1, s1, m2, s2):
    shift, spread = abs(m1 - m2), abs(s1 - s2)
    z = shift / spread
    return spread * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + shift * erf(z / np.sqrt(2))
