# W D in place of D W: the slopes multiply the columns, not the rows.
# expect: jacobian FAILED

# %% jacobian-code
def jacobian(Ws, bs, x, phi):
    J = np.eye(len(x))
    for W, b in zip(Ws, bs):
        u = W @ x + b
        J = (W * phi.prime(u)) @ J if W.shape[1] == len(u) else W @ J
        x = phi(u)
    return J
