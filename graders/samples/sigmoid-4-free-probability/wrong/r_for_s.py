# The R-transform, a power series in the free cumulants, is returned for S.
# expect: s-transform FAILED

# %% s-transform-code
def S_transform(moments, z):
    kappa = free_cumulants(np.array(moments))
    return float(np.polynomial.polynomial.polyval(z, kappa))
