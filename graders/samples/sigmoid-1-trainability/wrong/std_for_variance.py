# Takes the variance for the standard deviation, everywhere.
# expect: lin-var FAILED
# expect: init PARTIAL
# expect: lsuv FAILED

# %% lin-var-code
def lin_var(v0, N, s2, L):
    return v0 * (N * np.sqrt(s2)) ** L

# %% init-code
def init(kind, nin, nout, rng):
    if kind == "glorot":
        return rng.normal(0, 2 / (nin + nout), (nout, nin))
    if kind == "he":
        return rng.normal(0, 2 / nin, (nout, nin))
    q, r = np.linalg.qr(rng.normal(size=(max(nin, nout), min(nin, nout))))
    q = q * np.sign(np.diag(r))
    return q if nout >= nin else q.T

# %% lsuv-code
def lsuv(Ws, X, phi, tol):
    new, H = [], X
    for W in Ws:
        W = W / np.var(H @ W.T)
        new.append(W)
        H = phi(H @ W.T)
    return new
