# The smallest loss on the way for the final one. The experiment's verdict is the same: it is about who learns at all.
# expect: train-best PARTIAL

# %% train-best-code
def train_best(Ws, A, rates, steps):
    best = np.inf
    for rate in rates:
        trained = Ws.copy()
        for step in range(steps + 1):
            loss, gradient = deep_gradient(trained, A)
            if not np.isfinite(loss):
                break
            best = min(best, loss)
            trained -= rate * gradient
    return best
