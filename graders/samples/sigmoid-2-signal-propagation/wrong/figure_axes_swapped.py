# sigma_b goes across and sigma_w up.
# expect: phase-diagram FAILED

# %% phase-diagram-code
def phase_diagram(sigma_bs):
    _, ax = plt.subplots()
    ax.plot(sigma_bs, [critical_tanh(s)[0] for s in sigma_bs], label="critical line")
    ax.set_xlabel("sigma_b")
    ax.set_ylabel("sigma_w")
    return ax
