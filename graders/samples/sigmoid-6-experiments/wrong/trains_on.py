# The weights are updated in place: the second rate goes on where the first one stopped. The loss is that before the last step.
# expect: train-best PARTIAL

# %% train-best-code
def train_best(Ws, A, rates, steps):
    finals = []
    for rate in rates:
        loss = np.inf
        for _ in range(steps):
            loss, gradient = deep_gradient(Ws, A)
            Ws -= rate * gradient
        finals.append(loss if np.isfinite(loss) else np.inf)
    return min(finals)
