# Multiplies the layers in the wrong order: J = J_1 J_2 ... J_L.
# expect: jacobian FAILED

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    J = np.eye(len(x))
    for W, b in zip(Ws, bs):
        u = W @ x + b
        J = J @ (np.diag(phi.prime(u)) @ W)
        x = phi(u)
    return J
