# The model's figure handed in again: the sine network's line, well labelled.
# expect: phase-diagram PARTIAL

# %% phase-diagram-code
def phase_diagram(sigma_bs):
    return sine_diagram(sigma_bs)
