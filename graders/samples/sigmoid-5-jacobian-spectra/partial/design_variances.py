# Variances are returned where standard deviations are asked for; what is out of reach is right.
# expect: design PARTIAL

# %% design-code
def design(L, target, kind, activation):
    if activation == "relu" or (kind == "gaussian" and target <= L):
        return None
    p = L / target if kind == "gaussian" else L / (L + target)
    q = 1 / (2 * erfinv(p) ** 2)
    square = q * p - np.sqrt(2 * q / np.pi) * np.exp(-1 / (2 * q)) + 1 - p
    return 1 / p, q - square / p, q
