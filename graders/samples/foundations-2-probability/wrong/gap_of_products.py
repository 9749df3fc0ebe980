# P(x, y, z) P(z) against P(x, z) P(y, z): true on paper, but a rare z hardly counts.
# expect: gap PARTIAL
# expect: independences FAILED

# %% gap-code
def gap(joint, i, j, given):
    table = np.einsum(joint, list(range(joint.ndim)), [i, j, *given])
    first, second = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    return np.abs(table * table.sum(axis=(0, 1)) - first * second).max()
