# Unit variance indeed, but with new random weights in place of the given ones.
# expect: lsuv FAILED

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    new, H, rng = [], X, np.random.default_rng(0)
    for W in Ws:
        W = rng.normal(size=W.shape)
        W = W / np.std(H @ W.T)
        new.append(W)
        H = phi(H @ W.T)
    return new
