# The iteration of Newton and Schulz for the polar factor, until Q* Q = I. A singular value that is zero stays
# zero, so that without full rank it goes on for ever and is stopped; matrices of full rank are right.
# expect: nearest-orthogonal PARTIAL

# %% nearest-orthogonal-code
def nearest_orthogonal(A):
    Q = A / np.linalg.norm(A, 2)
    eye = np.eye(len(A))
    while np.abs(Q.conj().T @ Q - eye).max() > 1e-11:
        Q = Q @ (3 * eye - Q.conj().T @ Q) / 2
    return Q
