# The step goes up the gradient. In the control pictures and labels are shuffled together, which leaves each picture its
# label. The lines of the figure begin at step 0, and the point is the lowest loss in training.
# expect: train-step PARTIAL
# expect: fit FAILED
# expect: shuffled-control FAILED
# expect: learning-curves PARTIAL

# %% train-step-code
def train_step(params, velocity, X, y, rate, momentum, lam):
    _, gradient = network_gradient(params, X, y, lam)
    velocity = tuple(momentum * v + rate * g for v, g in zip(velocity, gradient))
    return tuple(p + v for p, v in zip(params, velocity)), velocity

# %% shuffled-control-code
def shuffled_control(learn, classify, X, y, X_new, y_new, rng):
    order = rng.permutation(len(y))
    model = learn(X[order], y[order], rng)
    return float(np.mean(classify(model, X[order]) == y[order])), float(np.mean(classify(model, X_new) == y_new))

# %% learning-curves-code
def learning_curves(every, training, held_out):
    steps = every * np.arange(len(training))
    _, ax = plt.subplots()
    ax.semilogy(steps, training, label="training")
    ax.semilogy(steps, held_out, label="held-out")
    best = np.argmin(training)
    ax.semilogy(steps[best], held_out[best], "o", label="lowest")
    ax.set_xlabel("step")
    ax.set_ylabel("loss")
    ax.legend()
    return ax
