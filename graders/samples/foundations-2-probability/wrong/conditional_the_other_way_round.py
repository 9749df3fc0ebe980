# P(given | target) instead of P(target | given): the sum is taken over the wrong axes.
# expect: conditional FAILED
# expect: gap FAILED
# expect: independences FAILED

# %% conditional-code
def conditional(joint, target, given):
    kept = np.einsum(joint, list(range(joint.ndim)), [*target, *given])
    total = kept.sum(axis=tuple(range(len(target), kept.ndim)), keepdims=True)
    with np.errstate(invalid="ignore"):
        return kept / total
