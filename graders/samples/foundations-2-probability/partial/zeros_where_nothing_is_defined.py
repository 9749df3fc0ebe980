# A conditional on what never happens is filled with zeros. The gap does not mind: zeros are independent.
# expect: conditional PARTIAL

# %% conditional-code
def conditional(joint, target, given):
    kept = np.einsum(joint, list(range(joint.ndim)), [*target, *given])
    total = kept.sum(axis=tuple(range(len(target))))
    return np.divide(
        kept,
        total,
        out=np.zeros_like(kept),
        where=np.broadcast_to(total > 0, kept.shape),
    )
