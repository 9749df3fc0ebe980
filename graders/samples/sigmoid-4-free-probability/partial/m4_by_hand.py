# Only the two moments that one finds in a table; the higher ones are taken from a = b = 1.
# expect: sign-moment PARTIAL

# %% sign-moment-code
def sign_moment(a, b, k):
    if k % 2:
        return 0.0
    if k == 4:
        return a**4 + b**4 + 4 * a**2 * b**2
    return float(comb(k, k // 2)) * ((a**2 + b**2) / 2) ** (k // 2)
