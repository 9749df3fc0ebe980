# Right inside the spectrum, but the bisection's last bracket is taken for an answer outside it too.
# expect: deep-density PARTIAL

# %% deep-density-code
def deep_density(lam, L):
    low, high = np.full(len(lam), 1e-9), np.full(len(lam), np.pi / (L + 1))
    for _ in range(60):
        phase = (low + high) / 2
        near, far = np.sin((L + 1) * phase), np.sin(L * phase)
        large = (L + 1) * np.log(near) - np.log(np.sin(phase)) - L * np.log(far) > np.log(lam)
        low, high = np.where(large, phase, low), np.where(large, high, phase)
    return near / far * np.sin(phase) / (np.pi * lam)
