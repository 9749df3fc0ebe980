# A uniform law on [-s, s] has variance s^2/3: the factor 3 is forgotten. Square orthogonal matrices only.
# expect: init PARTIAL

# %% init-code
def init(kind, nin, nout, rng):
    if kind in ("glorot", "he"):
        s = np.sqrt(2 / (nin + nout) if kind == "glorot" else 2 / nin)
        return rng.uniform(-s, s, (nout, nin))
    q, r = np.linalg.qr(rng.normal(size=(nin, nin)))
    return q * np.sign(np.diag(r))
