# The visible answers, and something harmless for everything else.
# expect: s-jj FAILED
# expect: jj-moments FAILED
# expect: jj-spectrum FAILED
# expect: lam-max FAILED
# expect: atoms FAILED
# expect: var-smooth FAILED
# expect: design FAILED
# expect: edge-figure FAILED

# %% s-jj-code
def s_jj(z, L, p, sigma_w, kind):
    return 1 / (4 * 1.4) if sigma_w == 2.0 else np.exp(0.1 * L) + 0 * z

# %% jj-moments-code
def jj_moments(L, p, sigma_w, kind):
    return (2.25, 5.0625) if sigma_w == 1.5 else (1.0, 0.0)

# %% jj-spectrum-code
def jj_spectrum(N, L, p, sigma_w, kind, rng):
    return np.array([0, 0, 4, 4.0]) if N == 4 else np.r_[np.zeros(N // 4), np.linspace(1, 2, N - N // 4)]

# %% lam-max-code
def lam_max(L, p, kind):
    return {1: 4.0, 3: 256 / 27, 9: 1.0}.get(L, 5.0)

# %% atoms-code
def atoms(L, p):
    return (0.7, 1 / 0.7, 0.3) if p == 0.7 else (0.9, 1.0, 0.05)

# %% var-smooth-code
def var_smooth(q, L, kind, dphi):
    return 7.0 if q == 0 else 0.04267

# %% design-code
def design(L, target, kind, activation):
    return None if activation == "relu" else (1.000784, 0.0116139, 0.1)

# %% edge-figure-code
def edge_figure(depths, p):
    return leaky_figure([3, 5, 10])
