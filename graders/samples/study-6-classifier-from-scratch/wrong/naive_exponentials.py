# The softmax first, then its logarithm: overflow above 710, the logarithm of zero below.
# expect: log-softmax PARTIAL
# expect: cross-entropy PARTIAL

# %% log-softmax-code
def log_softmax(Z):
    with np.errstate(all="ignore"):
        E = np.exp(Z)
        return np.log(E / E.sum(axis=1, keepdims=True))
