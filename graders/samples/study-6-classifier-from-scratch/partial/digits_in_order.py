# The batches are taken in the order of the file, never drawn: digits sorted by class leave only the last classes learned.
# expect: fit PARTIAL

# %% fit-code
def fit(X, y, rng):
    params = rng.normal(0, 1 / 8, (64, 64)), np.zeros(64), rng.normal(0, 1 / 8, (64, 10)), np.zeros(10)
    velocity = tuple(np.zeros_like(p) for p in params)
    for _ in range(15):
        for start in range(0, len(X), 32):
            some = slice(start, start + 32)
            params, velocity = train_step(params, velocity, X[some], y[some], 0.1, 0.9, 1e-4)
    return params


def predict(model, X):
    W1, b1, W2, b2 = model
    return (np.tanh(X @ W1 + b1) @ W2 + b2).argmax(axis=1)
