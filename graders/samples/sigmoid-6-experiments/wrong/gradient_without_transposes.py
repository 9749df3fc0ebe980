# The transposes are left out.
# expect: deep-gradient PARTIAL
# expect: train-best FAILED

# %% deep-gradient-code
def deep_gradient(Ws, A):
    below = [np.eye(len(A))]
    for W in Ws:
        below.append(W @ below[-1])
    error = below[-1] - A
    gradient, back = np.empty_like(Ws), error / len(A)
    for layer in reversed(range(len(Ws))):
        gradient[layer] = back @ below[layer]
        back = Ws[layer] @ back
    return float(np.sum(error**2) / (2 * len(A))), gradient
