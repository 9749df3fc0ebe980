# A zero eigenvalue is sought with an absolute bound, and both signs mean a saddle whatever else there is.
# expect: classify PARTIAL

# %% classify-code
def classify(H):
    values = np.linalg.eigvalsh(H)
    negative, positive = int(np.sum(values < -1e-9)), int(np.sum(values > 1e-9))
    if negative and positive:
        return "saddle", negative
    if negative + positive < len(H):
        return "degenerate", negative
    return ("maximum" if negative else "minimum"), negative
