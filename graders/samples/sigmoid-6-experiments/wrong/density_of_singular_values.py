# The density of s instead of the density of lambda = s^2: the Jacobian of the change is multiplied in.
# The figure, which multiplies it in once more, is wrong with it.
# expect: deep-density FAILED
# expect: plot-spectrum PARTIAL

# %% deep-density-code
def deep_density(lam, L):
    low, high = np.zeros(len(lam)), np.full(len(lam), np.pi / (L + 1))
    for _ in range(60):
        phase = (low + high) / 2
        near, far = np.sin((L + 1) * phase), np.sin(L * phase)
        large = (L + 1) * np.log(near) - np.log(np.sin(phase)) - L * np.log(far) > np.log(lam)
        low, high = np.where(large, phase, low), np.where(large, high, phase)
    rho = near * np.sin(phase) / (far * np.pi * lam)
    return np.where(lam < (L + 1) * (1 + 1 / L) ** L, 2 * np.sqrt(lam) * rho, 0.0)
