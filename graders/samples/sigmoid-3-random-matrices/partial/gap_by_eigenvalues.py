# The eigenvalue routine and a subtraction: right, but not to eight digits where the gap is tiny.
# expect: gap PARTIAL

# %% gap-code
def gap(A, C, D):
    A, C, D = np.broadcast_arrays(A, C, D)
    matrices = np.stack([np.stack([A, C], -1), np.stack([C, D], -1)], -2)
    return np.ptp(np.linalg.eigvalsh(matrices), axis=-1)[()]
