# One cell does not parse, one raises when it is called; the other answers keep their credit.
# expect: radial MISSING
# expect: gaps ERROR

# %% radial-code
def radial(z, z0, alpha, beta)
    return z, np.zeros(len(z))

# %% gaps-code
def gaps(W, sigma, X, means, variances):
    return approximation_gap(W, sigma), amortisation_gap(W, sigma, X, means, variances)
