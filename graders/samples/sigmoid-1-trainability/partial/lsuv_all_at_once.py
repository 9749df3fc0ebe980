# Takes all scales from the given network in one pass: right in the first layer alone.
# expect: lsuv PARTIAL

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    new, H = [], X
    for W in Ws:
        U = H @ W.T
        new.append(W / np.std(U))
        H = phi(U)
    return new
