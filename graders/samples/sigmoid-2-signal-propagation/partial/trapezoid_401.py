# 401 equally spaced points: perfect for tanh and erf, too coarse for the corners of hard tanh.
# expect: qmap PARTIAL

# %% gaussian-mean-code
def gaussian_mean(f):
    z, step = np.linspace(-8.5, 8.5, 401, retstep=True)
    return float(step * np.sum(f(z) * np.exp(-(z**2) / 2)) / np.sqrt(2 * np.pi))
