# Trusts the signs of np.linalg.qr: orthogonal, but not Haar (the mean trace is -.83, not 0).
# expect: init PARTIAL

# %% init-code
def init(kind, nin, nout, rng):
    if kind == "glorot":
        return rng.normal(0, np.sqrt(2 / (nin + nout)), (nout, nin))
    if kind == "he":
        return rng.normal(0, np.sqrt(2 / nin), (nout, nin))
    q, _ = np.linalg.qr(rng.normal(size=(max(nin, nout), min(nin, nout))))
    return q if nout >= nin else q.T
