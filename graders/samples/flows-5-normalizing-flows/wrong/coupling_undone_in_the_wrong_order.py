# The inverse scales before it takes the shift away, and reports the forward log-determinant. The density of the stack
# is judged by what follows from that, so that nothing is lost twice.
# expect: coupling PARTIAL

# %% coupling-code
def coupling(x, keep, s, t):
    y = x.copy()
    y[:, ~keep] = x[:, ~keep] * np.exp(s(x[:, keep])) + t(x[:, keep])
    return y, s(x[:, keep]).sum(axis=1)


def coupling_inverse(y, keep, s, t):
    x = y.copy()
    x[:, ~keep] = y[:, ~keep] * np.exp(-s(y[:, keep])) - t(y[:, keep])
    return x, s(y[:, keep]).sum(axis=1)
