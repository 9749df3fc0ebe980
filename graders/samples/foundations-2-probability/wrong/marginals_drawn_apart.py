# Each variable is drawn from its own marginal: every column right, all that binds them forgotten.
# expect: sample FAILED

# %% sample-code
def sample_table(joint, n, rng):
    columns = []
    for axis in range(joint.ndim):
        others = tuple(other for other in range(joint.ndim) if other != axis)
        columns.append(rng.choice(joint.shape[axis], n, p=joint.sum(axis=others)))
    return np.array(columns).T
