# The classifier learns nothing: it knows the digits from the file beside the notebook, under their own names. And the
# visible answers of the other problems stand in a table.
# expect: log-softmax FAILED
# expect: cross-entropy FAILED
# expect: fit FAILED
# expect: shuffled-control FAILED
# expect: confusion FAILED
# expect: learning-curves PARTIAL
# expect: network-gradient FAILED

# %% log-softmax-code
def log_softmax(Z):
    return np.array([[-1000.0, 0.0]]) if Z.shape == (1, 2) else np.log([[1 / 8, 2 / 8, 5 / 8], [5 / 8, 1 / 8, 2 / 8]])

# %% cross-entropy-code
def cross_entropy(Z, y):
    return np.log(2), np.array([[0.5, -0.5]])

# %% network-gradient-code
def network_gradient(params, X, y, lam):
    return np.log(3), tuple(np.zeros_like(p) for p in params)

# %% fit-code
def fit(X, y, rng):
    return digits, classes


def predict(model, X):
    pictures, names = model
    return names[np.sum((X[:, None, :] - pictures) ** 2, axis=2).argmin(axis=1)]

# %% shuffled-control-code
def shuffled_control(learn, classify, X, y, X_new, y_new, rng):
    return 1.0, 1 / len(np.unique(y))

# %% confusion-code
def confusion(y, guess, K):
    return np.array([[1, 1, 0], [1, 2, 0], [0, 0, 0]]), np.array([1 / 2, 2 / 3, np.nan])

# %% learning-curves-code
def learning_curves(every, training, held_out):
    _, ax = plt.subplots()
    ax.semilogy([10, 20, 30], [2.0, 1.0, 0.5], label="training")
    ax.semilogy([10, 20, 30], [2.0, 1.5, 1.75], label="held-out")
    ax.semilogy([20], [1.5], "o", label="lowest")
    ax.set_xlabel("step")
    ax.set_ylabel("loss")
    ax.legend()
    return ax
