# He with nout, and Glorot with the forward fan alone. The orthogonal kind is right.
# expect: init PARTIAL

# %% init-code
def init(kind, nin, nout, rng):
    if kind == "glorot":
        return rng.normal(0, np.sqrt(1 / nin), (nout, nin))
    if kind == "he":
        return rng.normal(0, np.sqrt(2 / nout), (nout, nin))
    q, r = np.linalg.qr(rng.normal(size=(max(nin, nout), min(nin, nout))))
    q = q * np.sign(np.diag(r))
    return q if nout >= nin else q.T
