# The rate stands outside the velocity (another convention); the labels of the control are drawn anew, with replacement;
# the confusion matrix has its guesses in rows, and so a precision for a recall; the figure is not returned.
# expect: train-step PARTIAL
# expect: shuffled-control FAILED
# expect: confusion FAILED
# expect: learning-curves FAILED

# %% train-step-code
def train_step(params, velocity, X, y, rate, momentum, lam):
    _, gradient = network_gradient(params, X, y, lam)
    new = tuple(momentum * v - g for v, g in zip(velocity, gradient))
    return tuple(p + rate * v for p, v in zip(params, new)), new

# %% shuffled-control-code
def shuffled_control(learn, classify, X, y, X_new, y_new, rng):
    drawn = rng.choice(y, len(y))
    model = learn(X, drawn, rng)
    return float(np.mean(classify(model, X) == drawn)), float(np.mean(classify(model, X_new) == y_new))

# %% confusion-code
def confusion(y, guess, K):
    C = np.zeros((K, K), dtype=int)
    np.add.at(C, (guess, y), 1)
    with np.errstate(all="ignore"):
        return C, np.diag(C) / C.sum(axis=1)

# %% learning-curves-code
def learning_curves(every, training, held_out):
    steps = every * np.arange(1, len(training) + 1)
    plt.semilogy(steps, training, label="training")
    plt.semilogy(steps, held_out, label="held-out")
    plt.legend()
    plt.show()
