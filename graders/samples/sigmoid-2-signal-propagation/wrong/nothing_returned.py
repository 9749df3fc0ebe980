# Everything is computed and printed; nothing is returned.
# expect: critical-erf ERROR
# expect: relu-c ERROR
# expect: phase-diagram FAILED

# %% critical-erf-code
def critical_erf(q):
    print(np.sqrt(1 + np.pi * q))

# %% relu-c-code
def relu_c(c, L):
    for _ in range(L):
        c = (np.sqrt(1 - c**2) + c * (np.pi - np.arccos(c))) / np.pi
    print(c)

# %% phase-diagram-code
def phase_diagram(sigma_bs):
    plt.plot([critical_tanh(s)[0] for s in sigma_bs], sigma_bs, label="critical line")
    plt.xlabel("sigma_w")
    plt.ylabel("sigma_b")
    plt.show()
