# np.min over all final losses: one run that diverged makes the answer nan.
# expect: train-best PARTIAL

# %% train-best-code
def train_best(Ws, A, rates, steps):
    finals = []
    for rate in rates:
        trained = Ws.copy()
        for _ in range(steps):
            trained -= rate * deep_gradient(trained, A)[1]
        finals.append(deep_gradient(trained, A)[0])
    return np.min(finals)
