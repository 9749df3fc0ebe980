# Gives unit variance to the activations, after phi, and for tanh cannot even do that.
# expect: lsuv FAILED

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    new, H = [], X
    for W in Ws:
        for _ in range(200):
            W = W / np.std(phi(H @ W.T))
        new.append(W)
        H = phi(H @ W.T)
    return new
