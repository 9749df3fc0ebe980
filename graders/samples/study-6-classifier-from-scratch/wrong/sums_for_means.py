# The loss and the gradient are sums over the batch. And a pair that occurs three times is counted once.
# expect: cross-entropy FAILED
# expect: network-gradient FAILED
# expect: fit FAILED
# expect: confusion FAILED

# %% cross-entropy-code
def cross_entropy(Z, y):
    rows = np.arange(len(y))
    logs = log_softmax(Z)
    G = np.exp(logs)
    G[rows, y] -= 1
    return -logs[rows, y].sum(), G

# %% confusion-code
def confusion(y, guess, K):
    C = np.zeros((K, K), dtype=int)
    C[y, guess] += 1
    with np.errstate(all="ignore"):
        return C, np.diag(C) / C.sum(axis=1)
