# The visible answers as a table; anything else gets the nearest of them.
# expect: qmap FAILED
# expect: qstar-chi FAILED
# expect: critical-tanh FAILED
# expect: critical-erf FAILED
# expect: cstar-xi FAILED
# expect: relu-c FAILED
# expect: phase-diagram PARTIAL

# %% qmap-code
def qmap(q, sigma_w, sigma_b, phi):
    if sigma_w == 2.0:
        return sine_qmap(q, sigma_w, sigma_b)
    if sigma_w == 1.5:
        return 1.5**2 * 2.0 + 0.5**2
    return float(phi(0.0)) + 0.4

# %% qstar-chi-code
def qstar_chi(sigma_w, sigma_b):
    return (0.793354, 1.139323) if sigma_b == 0 else (0.216525, 0.600371)

# %% critical-tanh-code
def critical_tanh(sigma_b):
    known = {0.0: (1.0, 0.0), 0.05: (1.122539, 0.153692), np.sqrt(0.05): (1.327010, 0.570048)}
    return known[min(known, key=lambda s: abs(s - sigma_b))]

# %% critical-erf-code
def critical_erf(q):
    return 2.035090, 0.148361

# %% cstar-xi-code
def cstar_xi(sigma_w, sigma_b):
    return (0.122104, 5.10892, 0.688341) if sigma_w > 2 else (1.0, 16.1082, 1.33767)

# %% relu-c-code
def relu_c(c, L):
    return 1 / np.pi if c == 0 else 1.0
