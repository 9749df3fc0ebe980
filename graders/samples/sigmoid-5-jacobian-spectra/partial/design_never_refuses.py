# Right where it is possible; ReLU and Gaussian weights get an answer too.
# expect: design PARTIAL

# %% design-code
def design(L, target, kind, activation):
    p = L / max(target, 1.0001 * L) if kind == "gaussian" else L / (L + target)
    q = 1 / (2 * erfinv(p) ** 2)
    square = q * p - np.sqrt(2 * q / np.pi) * np.exp(-1 / (2 * q)) + 1 - p
    return 1 / np.sqrt(p), np.sqrt(q - square / p), q
