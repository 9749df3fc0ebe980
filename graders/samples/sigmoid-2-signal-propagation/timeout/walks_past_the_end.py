# The figure's line is walked in small steps of q until the last sigma_b is met exactly. With floating-point
# numbers it never is, and the walk goes on for ever.
# expect: phase-diagram TIMEOUT

# %% phase-diagram-code
def phase_diagram(sigma_bs):
    q, sigma_w2, sigma_b2 = 0.0, 1.0, 0.0
    line = [(1.0, 0.0)]
    while sigma_b2 != sigma_bs[-1] ** 2:
        q = q + 0.001
        slope = gaussian_mean(lambda z: (1 - np.tanh(np.sqrt(q) * z) ** 2) ** 2)
        sigma_w2 = 1 / slope
        sigma_b2 = q - sigma_w2 * gaussian_mean(lambda z: np.tanh(np.sqrt(q) * z) ** 2)
        line.append((np.sqrt(sigma_w2), np.sqrt(sigma_b2)))
    _, ax = plt.subplots()
    ax.plot(*np.transpose(line), label="critical line")
    return ax
