# Draws from numpy's global state and leaves rng alone, so nothing can be repeated.
# expect: init PARTIAL

# %% init-code
def init(kind, nin, nout, rng):
    if kind == "glorot":
        return np.random.randn(nout, nin) * np.sqrt(2 / (nin + nout))
    if kind == "he":
        return np.random.randn(nout, nin) * np.sqrt(2 / nin)
    q, r = np.linalg.qr(np.random.randn(max(nin, nout), min(nin, nout)))
    q = q * np.sign(np.diag(r))
    return q if nout >= nin else q.T
