# One cell does not parse, one asks for a name that is not there, one returns nothing.
# expect: free-cumulants MISSING
# expect: sign-moment ERROR
# expect: s-transform ERROR

# %% free-cumulants-code
def free_cumulants(m):
    return m[0] for n in m

# %% sign-moment-code
def sign_moment(a, b, k):
    return catalan_number(k // 2) * a**k

# %% s-transform-code
def S_transform(moments, z):
    print((1 + z) / z)
