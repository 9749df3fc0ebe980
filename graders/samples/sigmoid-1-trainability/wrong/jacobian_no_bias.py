# Forgets the biases: right at zero bias, as in the visible tests.
# expect: jacobian FAILED

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    J = np.eye(len(x))
    for W in Ws:
        u = W @ x
        J = phi.prime(u)[:, None] * (W @ J)
        x = phi(u)
    return J
