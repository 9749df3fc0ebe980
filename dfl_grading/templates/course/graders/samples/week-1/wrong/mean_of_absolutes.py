# The mean of the absolute values in place of the root mean square: right for a single number.
# expect: rms PARTIAL

# %% rms-code
def rms(x):
    return float(np.mean(np.abs(x)))
