# Multiplies the layers in the wrong order, J = J_1 J_2 ... J_L: wrong where all widths are equal,
# and where they are not the shapes do not even fit.
# expect: jacobian ERROR

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    J = np.eye(len(x))
    for W, b in zip(Ws, bs):
        u = W @ x + b
        J = J @ (np.diag(phi.prime(u)) @ W)
        x = phi(u)
    return J
