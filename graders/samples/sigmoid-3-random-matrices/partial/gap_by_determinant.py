# sqrt(trace^2 - 4 det): the same cancellation, worse. The sample takes the clipped root of noise.
# expect: gap PARTIAL

# %% gap-code
def gap(A, C, D):
    return np.sqrt(np.maximum((A + D) ** 2 - 4 * (A * D - C**2), 0))
