# One cell does not parse, one raises when it is called, one ends the process; what came before keeps its credit.
# expect: cross-entropy ERROR
# expect: network-gradient ERROR
# expect: train-step ERROR
# expect: fit ERROR
# expect: shuffled-control MISSING
# expect: confusion KILLED
# expect: learning-curves MISSING

# %% cross-entropy-code
def cross_entropy(Z, y):
    return softmax_of(Z)

# %% shuffled-control-code
def shuffled_control(learn, classify, X, y, X_new, y_new, rng)
    return 1.0, 0.1

# %% confusion-code
def confusion(y, guess, K):
    import os

    os._exit(0)
