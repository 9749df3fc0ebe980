# Weights of shape (nin, nout): right for x @ W, not for W @ x. Only the square matrices fit.
# expect: init PARTIAL
# expect: jacobian FAILED

# %% init-code
def init(kind, nin, nout, rng):
    if kind == "glorot":
        return rng.normal(0, np.sqrt(2 / (nin + nout)), (nin, nout))
    if kind == "he":
        return rng.normal(0, np.sqrt(2 / nin), (nin, nout))
    q, r = np.linalg.qr(rng.normal(size=(max(nin, nout), min(nin, nout))))
    q = q * np.sign(np.diag(r))
    return q if nin >= nout else q.T

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    # The gradient's layout: the transpose of the Jacobian.
    J = np.eye(len(x))
    for W, b in zip(Ws, bs):
        u = W @ x + b
        J = J @ W.T * phi.prime(u)
        x = phi(u)
    return J
