# The process is ended from within; what came before keeps its credit.
# expect: sign-spectrum KILLED
# expect: plot-sign-sum MISSING
# expect: s-transform MISSING

# %% sign-spectrum-code
def sign_spectrum(a, b, N, rng):
    import os

    os._exit(0)
