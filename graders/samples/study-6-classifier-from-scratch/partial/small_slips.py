# Each answer is right but for one thing: the step moves the caller's parameters (+=), the accuracy in training is taken
# against the true labels, a class without samples has recall 0, the figure has no words.
# expect: train-step PARTIAL
# expect: shuffled-control PARTIAL
# expect: confusion PARTIAL
# expect: learning-curves PARTIAL

# %% train-step-code
def train_step(params, velocity, X, y, rate, momentum, lam):
    _, gradient = network_gradient(params, X, y, lam)
    velocity = tuple(momentum * v - rate * g for v, g in zip(velocity, gradient))
    for p, v in zip(params, velocity):
        p += v
    return tuple(params), velocity

# %% shuffled-control-code
def shuffled_control(learn, classify, X, y, X_new, y_new, rng):
    model = learn(X, rng.permutation(y), rng)
    trained = np.mean(classify(model, X) == y)
    return float(trained), float(np.mean(classify(model, X_new) == y_new))

# %% confusion-code
def confusion(y, guess, K):
    C = np.zeros((K, K), dtype=int)
    np.add.at(C, (y, guess), 1)
    return C, np.diag(C) / np.maximum(C.sum(axis=1), 1)

# %% learning-curves-code
def learning_curves(every, training, held_out):
    steps = every * (1 + np.arange(len(training)))
    _, ax = plt.subplots()
    ax.plot(steps, training, label="training")
    ax.plot(steps, held_out, label="held-out")
    best = np.argmin(held_out)
    ax.plot(steps[best], held_out[best], "o", label="lowest")
    return ax
