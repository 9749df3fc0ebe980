# Measures again and again without ever rescaling.
# expect: lsuv TIMEOUT

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    new, H = [], X
    for W in Ws:
        while abs(np.var(H @ W.T) - 1) >= tol:
            scaled = W / np.std(H @ W.T)
        new.append(scaled)
        H = phi(H @ scaled.T)
    return new
