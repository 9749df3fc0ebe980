# Forward differences with a step of 1e-3: right to three digits, not to five.
# expect: jacobian FAILED

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    def output(x):
        for W, b in zip(Ws, bs):
            x = phi(W @ x + b)
        return x
    step = 1e-3
    return np.stack([(output(x + step * e) - output(x)) / step for e in np.eye(len(x))], axis=1)
