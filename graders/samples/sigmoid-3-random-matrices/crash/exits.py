# The process is ended from within; what came before keeps its credit.
# expect: g-sc KILLED
# expect: mp-law MISSING
# expect: wishart MISSING
# expect: mean-ratio MISSING
# expect: repulsion MISSING
# expect: mp-figure MISSING

# %% g-sc-code
def G_sc(z, R):
    import os

    os._exit(0)
