# The process is ended from within; what came before keeps its credit.
# expect: critical-tanh KILLED
# expect: critical-erf MISSING
# expect: cstar-xi MISSING
# expect: relu-c MISSING
# expect: phase-diagram MISSING

# %% critical-tanh-code
def critical_tanh(sigma_b):
    import os

    os._exit(0)
