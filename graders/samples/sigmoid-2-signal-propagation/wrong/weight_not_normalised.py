# 1 / sqrt(2 pi) is missing from the Gaussian weight. On the critical line both means scale alike, so that q*
# survives the mistake there, and nothing else.
# expect: qmap FAILED
# expect: qstar-chi ERROR
# expect: critical-tanh PARTIAL
# expect: cstar-xi ERROR
# expect: phase-diagram PARTIAL

# %% gaussian-mean-code
def gaussian_mean(f):
    z, step = np.linspace(-8.5, 8.5, 8001, retstep=True)
    return float(step * np.sum(f(z) * np.exp(-(z**2) / 2)))
