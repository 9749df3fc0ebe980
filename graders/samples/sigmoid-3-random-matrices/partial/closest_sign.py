# The sign of the coupling is kept: a negative gap. (The detuning's zero is right.)
# expect: closest PARTIAL

# %% closest-code
def closest(a0, a1, d0, d1, C):
    return (d0 - a0) / (a1 - d1), 2 * C
