# The determinant is taken of the large matrix, d by d: right in six dimensions, too slow in 2000.
# expect: sylvester PARTIAL

# %% sylvester-code
def sylvester(z, A, B, b):
    bend = np.tanh(z @ B.T + b)
    logdet = [np.linalg.slogdet(np.eye(len(A)) + (A * (1 - t**2)) @ B)[1] for t in bend]
    return z + bend @ A.T, np.array(logdet)
