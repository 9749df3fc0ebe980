# Odd moments are not zero: the integral of |x|^k.
# expect: sc-moment PARTIAL

# %% sc-moment-code
def sc_moment(k, R):
    from scipy.special import beta

    return 2 * R**k * beta((k + 1) / 2, 1.5) / np.pi
