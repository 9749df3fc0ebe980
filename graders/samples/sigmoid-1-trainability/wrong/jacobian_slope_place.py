# Takes the slope at the activation phi(u), not at the pre-activation u.
# expect: jacobian FAILED

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    J = np.eye(len(x))
    for W, b in zip(Ws, bs):
        x = phi(W @ x + b)
        J = phi.prime(x)[:, None] * (W @ J)
    return J
