# The mean of all N^2 squares for half the sum over N, in the loss and in the gradient alike.
# expect: deep-gradient FAILED
# expect: train-best FAILED

# %% deep-gradient-code
def deep_gradient(Ws, A):
    below = [np.eye(len(A))]
    for W in Ws:
        below.append(W @ below[-1])
    error = below[-1] - A
    gradient, back = np.empty_like(Ws), 2 * error / A.size
    for layer in reversed(range(len(Ws))):
        gradient[layer] = back @ below[layer].T
        back = Ws[layer].T @ back
    return float(np.mean(error**2)), gradient
