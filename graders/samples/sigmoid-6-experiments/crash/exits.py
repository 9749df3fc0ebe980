# The process is ended from within; what came before keeps its credit.
# expect: measure-xi KILLED
# expect: deep-gradient MISSING
# expect: deep-start MISSING
# expect: train-best MISSING
# expect: plot-spectrum MISSING

# %% measure-xi-code
def measure_xi(sigma_w, sigma_b, N, depth, nets, rng):
    import os

    os._exit(0)
