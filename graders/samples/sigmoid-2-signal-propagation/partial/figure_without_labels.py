# The line is right, the axes bear no names.
# expect: phase-diagram PARTIAL

# %% phase-diagram-code
def phase_diagram(sigma_bs):
    _, ax = plt.subplots()
    ax.plot([critical_tanh(s)[0] for s in sigma_bs], sigma_bs, label="critical line")
    return ax
