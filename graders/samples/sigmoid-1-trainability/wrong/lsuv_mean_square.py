# Divides by the root mean square: the batch has a mean, so this is not the variance.
# expect: lsuv FAILED

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    new, H = [], X
    for W in Ws:
        W = W / np.sqrt(np.mean((H @ W.T) ** 2))
        new.append(W)
        H = phi(H @ W.T)
    return new
