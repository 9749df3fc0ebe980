# The softmax runs down the columns, over the samples of the batch; the loss takes the decimal logarithm of a right one.
# expect: log-softmax FAILED
# expect: cross-entropy FAILED
# expect: network-gradient FAILED

# %% log-softmax-code
def log_softmax(Z):
    shifted = Z - Z.max(axis=0)
    return shifted - np.log(np.exp(shifted).sum(axis=0))

# %% cross-entropy-code
def cross_entropy(Z, y):
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.mean(np.log10(P[rows, y]))
    P[rows, y] -= 1
    P /= len(y) * np.log(10)
    return loss, P
