# Raw QR with one random sign for the whole matrix: the mean trace is 0 now, and still not Haar.
# expect: init PARTIAL

# %% init-code
def init(kind, nin, nout, rng):
    if kind == "glorot":
        return rng.normal(0, np.sqrt(2 / (nin + nout)), (nout, nin))
    if kind == "he":
        return rng.normal(0, np.sqrt(2 / nin), (nout, nin))
    q, _ = np.linalg.qr(rng.normal(size=(max(nin, nout), min(nin, nout))))
    q = q * rng.choice([-1, 1])
    return q if nout >= nin else q.T
