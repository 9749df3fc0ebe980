# Two independent coins: the binomial moments of a sum of commuting signs.
# expect: sign-moment FAILED

# %% sign-moment-code
def sign_moment(a, b, k):
    return sum((a * s + b * t) ** k for s in (-1, 1) for t in (-1, 1)) / 4
