# Power iteration that waits until the vector stands still. Where the eigenvalue of largest modulus is negative the
# vector turns round at every step, and the wait never ends.
# expect: classify TIMEOUT

# %% classify-code
def classify(H):
    values, rest = [], H.copy()
    for _ in range(len(H)):
        v = np.ones(len(H)) + 0.1 * np.arange(len(H))
        while np.linalg.norm(rest @ v) > 0:
            new = rest @ v / np.linalg.norm(rest @ v)
            if np.linalg.norm(new - v) < 1e-9:
                break
            v = new
        values.append(v @ rest @ v / (v @ v))
        rest = rest - values[-1] * np.outer(v, v)
    negative = sum(value < -1e-9 for value in values)
    if min(abs(value) for value in values) <= 1e-9:
        return "degenerate", negative
    return {0: "minimum", len(H): "maximum"}.get(negative, "saddle"), negative
