# Takes U of an SVD: its columns carry LAPACK's choice of signs, so it is not Haar.
# expect: init PARTIAL

# %% init-code
def init(kind, nin, nout, rng):
    Z = rng.normal(size=(nout, nin))
    if kind == "glorot":
        return Z * np.sqrt(2 / (nin + nout))
    if kind == "he":
        return Z * np.sqrt(2 / nin)
    if nout >= nin:
        return np.linalg.svd(Z, full_matrices=False)[0]
    return np.linalg.svd(Z, full_matrices=False)[2]
