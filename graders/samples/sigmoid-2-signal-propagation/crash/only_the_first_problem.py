# Only the tool and the length map are done; everything else is as released.
# rest: stub
# expect: qstar-chi ERROR
# expect: critical-tanh ERROR
# expect: critical-erf ERROR
# expect: cstar-xi ERROR
# expect: relu-c ERROR
# expect: phase-diagram ERROR

# %% gaussian-mean-code
def gaussian_mean(f):
    z, step = np.linspace(-8.5, 8.5, 8001, retstep=True)
    return float(step * np.sum(f(z) * np.exp(-(z**2) / 2)) / np.sqrt(2 * np.pi))

# %% qmap-code
def qmap(q, sigma_w, sigma_b, phi):
    return sigma_w**2 * gaussian_mean(lambda z: phi(np.sqrt(q) * z) ** 2) + sigma_b**2
