# Starts from the identity of the wrong size: right where all widths are equal.
# expect: jacobian PARTIAL

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    J = np.eye(len(bs[0]))
    for W, b in zip(Ws, bs):
        u = W @ x + b
        J = np.diag(phi.prime(u)) @ W @ J
        x = phi(u)
    return J
