# The slope of tanh is left out, the penalty has no factor of its own in the gradient and takes in the biases. The step
# that is made from this gradient is right in itself.
# expect: network-gradient FAILED

# %% network-gradient-code
def network_gradient(params, X, y, lam):
    W1, b1, W2, b2 = params
    H = np.tanh(X @ W1 + b1)
    loss, G = cross_entropy(H @ W2 + b2, y)
    loss += lam / 2 * sum(np.sum(p**2) for p in params)
    D = G @ W2.T
    return loss, (X.T @ D + lam * W1, D.sum(0) + lam * b1, H.T @ G + 2 * lam * W2, G.sum(0) + lam * b2)
