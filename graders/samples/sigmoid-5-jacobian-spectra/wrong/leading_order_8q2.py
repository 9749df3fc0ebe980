# The leading order in q, of tanh, for whatever activation.
# expect: var-smooth FAILED

# %% var-smooth-code
def var_smooth(q, L, kind, dphi):
    return L * (8 * q**2 + (kind == "gaussian"))
