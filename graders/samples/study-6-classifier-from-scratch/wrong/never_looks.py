# A learner that ignores the pictures: always the most frequent class. Its control is at chance, and so is itself.
# expect: fit FAILED

# %% fit-code
def fit(X, y, rng):
    return np.bincount(y).argmax()


def predict(model, X):
    return np.full(len(X), model)
