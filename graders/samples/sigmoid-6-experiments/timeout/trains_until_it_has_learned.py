# Training goes on until the loss is small, whatever `steps` says; some starts never get there.
# expect: train-best TIMEOUT

# %% train-best-code
def train_best(Ws, A, rates, steps):
    trained = Ws.copy()
    loss = np.inf
    while not loss < 1e-3:
        loss, gradient = deep_gradient(trained, A)
        trained -= rates[0] * gradient
    return loss
